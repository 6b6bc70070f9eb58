package follow

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestState: what was taken is kept whole, for this user alone, and what is broken is named and not used.
func TestState(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "state")
	b := newBench(t, dir)
	if u, tag, err := b.kept(); u != nil || tag != "" || err != nil {
		t.Errorf("nothing was kept: %v %q %v", u, tag, err)
	}
	for _, key := range []string{plantedKey, plantedKey + "2"} { // also in the place of an older one
		want := made(t, "r1", key)
		if err := b.keep(want); err != nil {
			t.Fatal(err)
		}
		u, tag, err := b.kept()
		if err != nil || !reflect.DeepEqual(u, want) || tag != tagOf(t, want) {
			t.Errorf("%v %q %v", u, tag, err)
		}
	}
	path := b.statePath()
	for name, mode := range map[string]os.FileMode{path: 0o600, dir: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"half": string(text[:len(text)/2]), "empty": "", "changed": strings.Replace(string(text), "hello", "hullo", 1)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		u, _, err := b.kept()
		if u != nil || err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v %v", name, u, err)
		}
	}
	// A file stands where the folder should be: the update runs all the same, and why it is not kept is said.
	blocked := newBench(t, path)
	if err := blocked.keep(made(t, "r1", plantedKey)); err == nil || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("%v", err)
	}
	if !blocked.Follower.take(t.Context(), blocked.take, made(t, "r1", plantedKey), "tag") || !strings.Contains(blocked.log.String(), "could not be kept") {
		t.Errorf("%s", blocked.log)
	}
}

// TestStatePath: node ids never leave the folder, and never share a file.
func TestStatePath(t *testing.T) {
	seen := map[string]bool{}
	for _, node := range []string{"n", "..", "a/b", "a%2Fb", "../../x"} {
		f := &Follower{options: Options{StateDir: "/state", Node: node}}
		path := f.statePath()
		if filepath.Dir(path) != "/state" || seen[path] {
			t.Errorf("%q: %s", node, path)
		}
		seen[path] = true
	}
}
