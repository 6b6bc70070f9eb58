package abi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// declared returns the values of all string constants of names.go.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			values[strings.Trim(lit.Value, `"`)] = true
		}
		return true
	})
	return values
}

// TestNamesAreDeclared: every x-routeiq- header, property and metric that a document, an example or the code writes is
// declared in names.go.
func TestNamesAreDeclared(t *testing.T) {
	names := declared(t)
	word := regexp.MustCompile(`x-routeiq-[a-z]+(?:-[a-z]+)*|routeiq_[a-z_]+_(?:total|ms|open)\b`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != ".." && (strings.HasPrefix(name, ".") || name == "build") {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".md", ".yaml", ".yml", ".txtar", ".py":
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range word.FindAllString(string(text), -1) {
			if !names[found] && !strings.Contains(found, "forged") {
				t.Errorf("%s: %s is not declared in abi/names.go", path, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
