package abi

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/routeiq/routeiq/"

// rule says what the packages below a folder must not import, and why.
type rule struct {
	folder string   // below the module's root; a prefix
	except []string // folders below it that the rule leaves alone
	ban    []string // import paths, each a prefix; "std!" bans all but the standard library and abi itself
	why    string
}

var sdk, wazero = "github.com/proxy-wasm/proxy-wasm-go-sdk", "github.com/tetratelabs/wazero"

// rules are the floors: agree (abi), decide (plugins but shell and cmd), run (shell, host, sync), prove.
var rules = []rule{
	{"abi", []string{"abi/conformance"}, []string{"std!"}, "what all parts agree on depends on nothing"},
	{"plugins", []string{"plugins/shell", "plugins/cmd", "plugins/artifact/artifacttest"}, []string{
		"os", "net", "log", "math/rand", "crypto/rand", sdk, wazero, module + "host", module + "sync", module + "plugins/shell",
	}, "the core is pure: time, chance and I/O are arguments"},
	{"plugins", []string{"plugins/litellm", "plugins/provider", "plugins/strategy/pattern/compile", "plugins/artifact/bundle", "plugins/artifact/artifacttest"}, []string{"encoding/json", "regexp", "reflect"},
		"the module must be small: reflection costs a megabyte"},
	{"plugins/shell", nil, []string{module + "host", module + "sync", wazero, module + "plugins/litellm"}, "siblings exchange bytes"},
	{"plugins/cmd", nil, []string{module + "host", module + "sync", wazero, module + "plugins/litellm"}, "siblings exchange bytes"},
	{"host", []string{"host/cmd"}, []string{module + "sync", module + "plugins/shell", sdk}, "siblings exchange bytes"},
	{"host/cmd", nil, []string{module + "plugins/shell", sdk}, "only a command's main may join siblings"},
	{"sync", []string{"sync/cmd"}, []string{module + "host", module + "plugins/shell", sdk}, "siblings exchange bytes"},
	{"sync/cmd", nil, []string{module + "plugins/shell", sdk}, "only a command's main may join siblings"},
}

// sources calls visit with every Go file that is built, and its folder below the root.
func sources(t *testing.T, visit func(folder, file string)) {
	t.Helper()
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (name == "testdata" || name == "build" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") {
			folder, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(folder), path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func below(folder, root string) bool { return folder == root || strings.HasPrefix(folder, root+"/") }

func TestImportRules(t *testing.T) {
	used := make([]bool, len(rules))
	sources(t, func(folder, file string) {
		if strings.HasSuffix(file, "_test.go") {
			return // tests may look at anything
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rules {
			if !below(folder, r.folder) || belowAny(folder, r.except) {
				continue
			}
			used[i] = true
			for _, spec := range parsed.Imports {
				path := strings.Trim(spec.Path.Value, `"`)
				for _, ban := range r.ban {
					if banned(path, ban) {
						t.Errorf("%s imports %s: %s", file, path, r.why)
					}
				}
			}
		}
	})
	for i, r := range rules {
		if !used[i] {
			t.Errorf("the rule for %s holds for no file: the folder is gone?", r.folder)
		}
	}
}

// linkers are packages of others that import testing in what they ship, and why they are used all the same.
var linkers = map[string]string{
	"github.com/envoyproxy/go-control-plane/pkg/log": "the xDS server's own logger has a variant for tests in the same package",
}

// TestCommandsLinkNoTestCode: what ships does not carry the testing package, not even by way of a test helper.
func TestCommandsLinkNoTestCode(t *testing.T) {
	for _, command := range []string{"./plugins/cmd/routeiq", "./host/cmd/routeiq-host", "./sync/cmd/routeiq-agent"} {
		list := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Imports}}", command)
		list.Dir = ".."
		out, err := list.Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		for line := range strings.Lines(string(out)) {
			words := strings.Fields(strings.NewReplacer("[", " ", "]", " ").Replace(line))
			if slices.Contains(words[1:], "testing") && linkers[words[0]] == "" && words[0] != "testing/internal/testdeps" {
				t.Errorf("%s links the package testing, by %s", command, words[0])
			}
		}
	}
}

func belowAny(folder string, roots []string) bool {
	for _, root := range roots {
		if below(folder, root) {
			return true
		}
	}
	return false
}

func banned(path, ban string) bool {
	if ban == "std!" {
		return !below(path, module+"abi") && strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
	}
	return below(path, ban)
}

// TestEveryPackageSaysWhatItIsFor: one package comment each.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	folders := map[string]bool{}
	sources(t, func(folder, file string) {
		if !strings.HasSuffix(file, "_test.go") {
			folders[folder] = true
		}
	})
	for folder := range folders {
		p, err := build.ImportDir(filepath.Join("..", folder), build.ImportComment)
		if err != nil {
			if _, none := err.(*build.NoGoError); none {
				continue // built for WebAssembly alone
			}
			t.Fatal(err)
		}
		if p.Doc == "" {
			t.Errorf("package %s has no package comment", folder)
		}
		for _, bad := range []string{"sync", "core", "util", "common", "types", "helpers", "manager"} {
			if p.Name == bad {
				t.Errorf("package %s is named %s, which says nothing", folder, bad)
			}
		}
	}
}
