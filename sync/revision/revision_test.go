package revision_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/routeiq/routeiq/sync/revision"
)

// An id is the document's hash, and another for every other content, wherever a byte moved.
func TestID(t *testing.T) {
	source := []byte("model_list: []")
	sum := sha256.Sum256(source)
	if got := revision.ID(source, nil); got != hex.EncodeToString(sum[:])[:12] {
		t.Errorf("%s", got)
	}
	if revision.ID(source, map[string][]byte{}) != revision.ID(source, nil) {
		t.Error("no files and none differ")
	}
	seen := map[string]int{}
	for i, c := range []struct {
		source string
		files  map[string][]byte
	}{
		{"a", nil},
		{"b", nil},
		{"a", map[string][]byte{"x": nil}},
		{"a", map[string][]byte{"x": []byte("1")}},
		{"a", map[string][]byte{"x1": nil}},
		{"a", map[string][]byte{"x": []byte("12")}},
		{"a", map[string][]byte{"x": []byte("1"), "y": []byte("2")}},
		{"a", map[string][]byte{"x": []byte("2"), "y": []byte("1")}},
		{"a", map[string][]byte{"x": []byte("1\x001 1 y2")}},
	} {
		id := revision.ID([]byte(c.source), c.files)
		if other, ok := seen[id]; ok {
			t.Errorf("%d and %d have the id %s", i, other, id)
		}
		seen[id] = i
	}
}
