package litellm

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what is compiled now into testdata/config and the tables of docs/config.md")

const goldens = "../../testdata/config"

// outputs are the sections of a case that Compile's answer is compared with; the others are its input.
var outputs = []string{"config.json", "proxy", "errors", "warnings"}

// TestGolden compiles every case in testdata/config: the file config.yaml, others it includes, and the variables in env
// (NAME=value lines). A case without a section expects nothing of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(goldens, "*.txtar"))
	if err != nil || len(files) < 25 {
		t.Fatalf("%d cases in %s, %v; expected at least 25", len(files), goldens, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := describe(compile(archive.Files))
			if *update {
				write(t, file, archive, got)
				return
			}
			for _, name := range outputs {
				want := section(archive, name)
				if got[name] != want {
					t.Errorf("%s is\n%s\nexpected\n%s", name, got[name], want)
				}
			}
		})
	}
}

// source serves the files and the env of a case.
func source(files []txtar.File) Source {
	env := map[string]string{}
	for _, f := range files {
		if f.Name == "env" {
			for _, line := range strings.Fields(string(f.Data)) {
				name, value, _ := strings.Cut(line, "=")
				env[name] = value
			}
		}
	}
	return Source{
		Path: "config.yaml",
		Read: func(path string) ([]byte, error) {
			for _, f := range files {
				if f.Name == path {
					return f.Data, nil
				}
			}
			return nil, fs.ErrNotExist
		},
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

func compile(files []txtar.File) (*Compiled, error) { return Compile(source(files)) }

// describe writes an answer of Compile into the sections of a case.
func describe(c *Compiled, err error) map[string]string {
	got := map[string]string{}
	if err != nil {
		got["errors"] = err.Error() + "\n"
		return got
	}
	text, err := json.MarshalIndent(c.Config, "", " ")
	if err != nil {
		got["errors"] = err.Error()
		return got
	}
	got["config.json"] = string(text) + "\n"
	var proxy strings.Builder
	for _, k := range c.Clusters {
		fmt.Fprintf(&proxy, "cluster %s %s %s %d insecure=%v connect=%dms\n", k.Name, k.Scheme, k.Host, k.Port, k.InsecureTLS, k.ConnectTimeoutMS)
	}
	for _, k := range c.Credentials {
		for _, p := range k.Parts {
			fmt.Fprintf(&proxy, "credential %s %s: %s%v\n", k.Name, p.Header, p.Prefix, p.Secret)
		}
	}
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range c.Unset {
			if !yield(id) {
				return
			}
		}
	}) {
		fmt.Fprintf(&proxy, "unset %s %s\n", id, strings.Join(c.Unset[id], " "))
	}
	if c.Listen != (Listen{}) {
		fmt.Fprintf(&proxy, "listen %s:%d\n", c.Listen.Host, c.Listen.Port)
	}
	got["proxy"] = proxy.String()
	for _, w := range c.Warnings {
		got["warnings"] += w.String() + "\n"
	}
	return got
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func write(t *testing.T, file string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return slices.Contains(outputs, f.Name) })
	for _, name := range outputs {
		if got[name] != "" {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGoldenSecrets compiles every case with values that can be found again, and looks for them in all that is said.
func TestGoldenSecrets(t *testing.T) {
	const planted = "plantedsecret"
	files, err := filepath.Glob(filepath.Join(goldens, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src := source(archive.Files)
		read := src.Read
		src.Read = func(path string) ([]byte, error) {
			text, err := read(path)
			return []byte(strings.ReplaceAll(string(text), "sk-", planted)), err
		}
		src.Getenv = func(name string) (string, bool) {
			if strings.HasSuffix(name, "_KEY") {
				return planted, true
			}
			return source(archive.Files).Getenv(name)
		}
		c, err := Compile(src)
		said := describe(c, err)
		if err == nil {
			said["dump"] = fmt.Sprintf("%v %+v %#v", c.Credentials, c.Credentials, c.Credentials)
			for _, k := range c.Credentials {
				for _, p := range k.Parts {
					if strings.Contains(p.Secret.Value, planted) {
						found++
					}
				}
			}
		}
		for name, text := range said {
			if strings.Contains(text, planted) {
				t.Errorf("%s: %s shows a secret:\n%s", file, name, text)
			}
		}
	}
	if found == 0 {
		t.Error("no case has a secret: nothing was tested")
	}
}

// TestGoldenParses feeds every compiled document to the module's strict reader.
func TestGoldenParses(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(goldens, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	parsed := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := compile(archive.Files)
		if err != nil {
			continue
		}
		reads(t, c)
		parsed++
	}
	if parsed == 0 {
		t.Error("no case compiles: nothing was tested")
	}
}

// reads checks that the module takes a compiled document, and reads the same out of it.
func reads(t *testing.T, c *Compiled) {
	t.Helper()
	text, err := json.Marshal(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := abi.Parse(text)
	if err != nil {
		t.Fatalf("the module refuses the document: %v\n%s", err, text)
	}
	again, err := json.Marshal(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(text) {
		t.Errorf("the module reads\n%s\nout of\n%s", again, text)
	}
}
