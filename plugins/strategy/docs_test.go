package strategy

import (
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

var update = flag.Bool("update", false, "write the generated part of docs/strategies.md")

const (
	page     = "../../docs/strategies.md"
	pageFrom = "<!-- strategies: written by `go test ./plugins/strategy -run TestPage -update`, do not edit -->\n"
	pageTo   = "<!-- /strategies -->"
)

// TestPage: docs/strategies.md lists exactly the strategies that are registered, each with its doc comment and arguments.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), pageFrom)
	_, after, closed := strings.Cut(rest, pageTo)
	if !ok || !closed {
		t.Fatalf("%s has no part between %s and %s", page, strings.TrimSpace(pageFrom), pageTo)
	}
	want := before + pageFrom + list(t) + pageTo + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the code says; go test ./plugins/strategy -run TestPage -update writes it", page)
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// list writes a section for every strategy.
func list(t *testing.T) string {
	docs := comments(t)
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(Registry())) {
		comment := docs[name]
		if comment == "" {
			t.Errorf("no doc comment of a type has %q in it: its documentation is missing", name)
		}
		fmt.Fprintf(&out, "\n### `%s`\n%s\n", name, comment)
		k := Registry()[name]
		own := k.Params
		_, asks := made(t, name).(routing.Asking)
		switch {
		case asks:
			own = own[len(askingParams):]
		case len(k.Artifacts) > 0:
			own = own[len(modelParams):]
		}
		arguments(&out, own)
		switch {
		case asks:
			out.WriteString("\nIt takes the [arguments of strategies that ask](#arguments-of-strategies-that-ask).\n")
		case len(k.Artifacts) > 0:
			fmt.Fprintf(&out, "\nIt needs an artifact of kind `%s`, and takes the [arguments of trained models](#arguments-of-trained-models).\n", strings.Join(k.Artifacts, "` or `"))
		}
		fmt.Fprintf(&out, "\nGoes by: %s.\n", needs(t, name))
	}
	out.WriteString("\n### Arguments of trained models\n")
	arguments(&out, modelParams)
	out.WriteString("\n### Arguments of strategies that ask\n")
	arguments(&out, askingParams)
	out.WriteString("\n")
	return out.String()
}

// arguments writes a table of arguments; nothing where there are none.
func arguments(out *strings.Builder, all []routing.Param) {
	if len(all) == 0 {
		return
	}
	out.WriteString("\n| argument | what | value | default |\n|---|---|---|---|\n")
	for _, p := range all {
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", p.Name, p.About, p.Want(), otherwise(&p))
	}
}

func otherwise(p *routing.Param) string {
	switch {
	case p.Required:
		return "must be given"
	case p.Type == routing.Flag:
		return fmt.Sprint(p.Default != 0)
	case len(p.Words) > 0:
		return p.Words[0]
	case p.Type == routing.Number || p.Type == routing.Whole:
		return fmt.Sprint(p.Default)
	}
	return "none"
}

// needs says what a strategy must be told, beside the deployments and the request's seed.
func needs(t *testing.T, name string) string {
	s := made(t, name)
	var all []string
	if Registry()[name].Prices {
		all = append(all, "prices")
	}
	if i, ok := s.(routing.Informed); ok {
		for _, n := range []struct {
			set  abi.SignalSet
			what string
		}{
			{abi.SignalInFlight, "attempts under way"}, {abi.SignalUsage, "what was used in this minute"}, {abi.SignalLatency, "latencies"},
			{abi.SignalOutput, "the length of answers"}, {abi.SignalGauges, "gauges of inference servers"},
		} {
			if i.Needs()&n.set != 0 {
				all = append(all, n.what)
			}
		}
	}
	if _, ok := s.(routing.Judge); ok {
		all = append(all, "what a trained model makes of the words of the request")
	}
	if _, ok := s.(routing.Asking); ok {
		all = append(all, "what a language model answers")
	}
	if _, ok := s.(routing.Learner); ok {
		all = append(all, "what it learned itself of outcomes")
	}
	if _, ok := s.(routing.TurnTaker); ok {
		all = append(all, "the group's shared counter")
	}
	if _, ok := s.(routing.Reader); ok {
		all = append(all, "the words of the request")
	}
	if _, ok := s.(routing.Detecting); ok {
		all = append(all, "the kind of work the request's words ask for")
	}
	if _, ok := s.(routing.AgentAware); ok {
		all = append(all, "the client's user agent")
	}
	if len(all) == 0 {
		return "the deployments and the request alone"
	}
	return strings.Join(all, ", ")
}

// comments returns the doc comments of strategies by the names that stand in them in quotation marks.
func comments(t *testing.T) map[string]string {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var sources []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, f)
	}
	p, err := doc.NewFromFiles(files, sources, "github.com/routeiq/routeiq/plugins/strategy")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, typ := range p.Types {
		text, ok := strings.CutPrefix(typ.Doc, typ.Name+" is ")
		if !ok {
			continue
		}
		for name := range Registry() {
			if strings.Contains(text, `"`+name+`"`) && (docs[name] == "" || strings.HasPrefix(text, `"`+name) || strings.HasPrefix(text, `LiteLLM's "`+name)) {
				docs[name] = strings.TrimSpace(strings.ToUpper(text[:1]) + text[1:])
			}
		}
	}
	return docs
}
