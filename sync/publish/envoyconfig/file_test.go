package envoyconfig

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/sample.yaml anew")

// TestFile compares the whole file with a golden one: a change of any resource shows there, to be read.
func TestFile(t *testing.T) {
	got, err := File(sample(), Head{Source: "config.yaml", Warnings: []string{"config.yaml:3: one", "config.yaml:9: two"}})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/sample.yaml"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, expected) {
		t.Errorf("the file is not %s; see what changed with `go test -run TestFile ./sync/publish/envoyconfig -update && git diff`", golden)
	}
	if strings.Contains(string(got), "sk-of-this-process") {
		t.Error("it holds the value of a variable")
	}
}

// TestFileIsDeterministic: the order in which clusters and credentials are given makes no difference.
func TestFileIsDeterministic(t *testing.T) {
	first, err := File(sample(), Head{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		in := sample()
		r.Shuffle(len(in.Clusters), func(i, j int) { in.Clusters[i], in.Clusters[j] = in.Clusters[j], in.Clusters[i] })
		r.Shuffle(len(in.Credentials), func(i, j int) { in.Credentials[i], in.Credentials[j] = in.Credentials[j], in.Credentials[i] })
		again, err := File(in, Head{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("the bytes differ")
		}
	}
}

func TestFileRefuses(t *testing.T) {
	in := sample()
	in.Clusters = nil
	if text, err := File(in, Head{}); err == nil || text != nil {
		t.Errorf("got %d bytes and %v", len(text), err)
	}
}

// TestHeadIsAComment: whatever a file's name or a warning holds, it stays in the comment.
func TestHeadIsAComment(t *testing.T) {
	plain, err := File(sample(), Head{})
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := bytes.Cut(plain, []byte("\n\n"))
	got, err := File(sample(), Head{Source: "a\nadmin: {}", Warnings: []string{"b\radmin: {}", "c\u2028admin: {}", "d\u0085admin: {}", "e\n\nadmin: {}"}})
	if err != nil {
		t.Fatal(err)
	}
	head, ok := bytes.CutSuffix(got, append([]byte("\n"), body...))
	if !ok {
		t.Fatal("the configuration differs")
	}
	for line := range strings.FieldsFuncSeq(string(head), func(r rune) bool { return strings.ContainsRune("\n\r\u0085\u2028\u2029", r) }) {
		if !strings.HasPrefix(line, "#") {
			t.Errorf("%q is no comment", line)
		}
	}
}
