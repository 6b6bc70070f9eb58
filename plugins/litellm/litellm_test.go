package litellm

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// compileText compiles one file with the variables given.
func compileText(t *testing.T, text string, env map[string]string) *Compiled {
	t.Helper()
	c, err := Compile(Source{
		Path: "config.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil },
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	return c
}

const three = `model_list:
  - {model_name: chat, litellm_params: {model: openai/a, api_key: os.environ/A_KEY}, model_info: {id: a}}
  - {model_name: chat, litellm_params: {model: openai/b, api_base: os.environ/B_BASE, api_key: os.environ/A_KEY}, model_info: {id: b}}
  - {model_name: chat, litellm_params: {model: gemini/c}, model_info: {id: c}}
`

func TestAssumeSet(t *testing.T) {
	c := compileText(t, three, nil)
	before := c.Config.Revision
	c.AssumeSet()
	d := c.Config.Groups[0].Deployments
	if d[0].Unconfigured != "" {
		t.Errorf("a lacks its key alone and is still %q", d[0].Unconfigured)
	}
	if d[1].Unconfigured == "" || d[2].Unconfigured == "" {
		t.Errorf("b has no address and c no translation; they are %q and %q", d[1].Unconfigured, d[2].Unconfigured)
	}
	if c.Config.Revision == before {
		t.Error("another document has the same revision")
	}
	if set := compileText(t, three, map[string]string{"A_KEY": "k"}); set.Config.Revision != c.Config.Revision {
		t.Error("where the variable is set the same document has another revision")
	}
	reads(t, c)
}

func TestStrictProblems(t *testing.T) {
	got := compileText(t, three, nil).StrictProblems()
	want := []string{
		`config.yaml:2: model_list[0]: deployment a of "chat" is never chosen: A_KEY is not set`,
		`config.yaml:3: model_list[1]: deployment b of "chat" is never chosen: B_BASE is not set`,
		`config.yaml:4: model_list[2]: deployment c of "chat" is never chosen: gemini needs Google credentials`,
	}
	if len(got) != len(want) {
		t.Fatalf("strict problems:\n%v", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i].String(), want[i]) {
			t.Errorf("%s\nexpected\n%s", got[i], want[i])
		}
	}
	if got := compileText(t, strings.Split(three, "  - {model_name: chat, litellm_params: {model: openai/b")[0], map[string]string{"A_KEY": "k"}).StrictProblems(); len(got) != 0 {
		t.Errorf("a complete configuration has %v", got)
	}
}

func TestRevision(t *testing.T) {
	const base = `model_list: [{model_name: chat, litellm_params: {model: openai/a, api_key: KEY}, model_info: {id: a}}]`
	revision := func(text string) string { return compileText(t, text, nil).Config.Revision }
	first := revision(base)
	if len(first) != 12 || strings.Trim(first, "0123456789abcdef") != "" {
		t.Errorf("the revision is %q", first)
	}
	if revision(base+"\n# a comment") != first {
		t.Error("a comment changes the revision")
	}
	if revision(strings.Replace(base, "KEY", "OTHER", 1)) != first {
		t.Error("the revision gives away a key: it differs with its value")
	}
	for _, change := range [][2]string{
		{"openai/a", "openai/b"}, {"model_name: chat", "model_name: chat2"}, {"api_key: KEY", "api_key: KEY, ssl_verify: false"},
		{"api_key: KEY", "api_key: KEY, extra_headers: {x-key: a}"},
	} {
		if revision(strings.Replace(base, change[0], change[1], 1)) == first {
			t.Errorf("%s in place of %s leaves the revision", change[1], change[0])
		}
	}
}

// TestReadFails checks that what the caller's Read says reaches the user.
func TestReadFails(t *testing.T) {
	_, err := Compile(Source{
		Path: "gone.yaml", Read: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
		Getenv: func(string) (string, bool) { return "", false },
	})
	var problems Problems
	if !errors.As(err, &problems) || err.Error() != "gone.yaml: cannot be read: file does not exist" {
		t.Errorf("%T: %v", err, err)
	}
}

// FuzzCompile checks that nothing makes the compiler fail, and that what it takes the module takes too.
func FuzzCompile(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(goldens, "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(section(archive, "config.yaml")))
	}
	env := map[string]string{"A": "value", "OPENAI_API_KEY": "k", "EMPTY": "", "CONTROL": "a\r\nb", "LATIN": "caf\xe9", "NUMBER": "5"}
	f.Fuzz(func(t *testing.T, text []byte) {
		src := Source{
			Path: "config.yaml",
			Read: func(path string) ([]byte, error) {
				if path == "config.yaml" {
					return text, nil
				}
				return nil, fs.ErrNotExist
			},
			Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		}
		c, err := Compile(src)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("the error is %T: %v", err, err)
			}
			if strings.Contains(err.Error(), "not valid") {
				t.Fatalf("something is refused without its line: %v", err)
			}
			return
		}
		reads(t, c)
		again, err := Compile(src)
		if err != nil || again.Config.Revision != c.Config.Revision {
			t.Errorf("compiled twice, it differs: %v", err)
		}
	})
}
