package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/outage"
	"github.com/routeiq/routeiq/envoy/faults/section"
)

// TestDocument: docs/failures.md says what the matrix holds. What `make outage` writes into it stays as it is.
func TestDocument(t *testing.T) {
	path := filepath.Join(envoytest.Root(t), "docs", "failures.md")
	written, err := os.ReadFile(path)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	before, inside, behind, ok := section.Cut(string(written), outage.Name)
	if !ok {
		before, inside, behind = "", "", ""
	}
	if *update {
		text := document()
		if ok {
			text = section.Join(text, outage.Name, inside, behind)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !ok || inside == "" {
		t.Errorf("%s has no section of `make outage`: run it", path)
	}
	if before != document() || behind != "" {
		t.Errorf("%s is not what the matrix says: run `go test ./envoy/faults -update`", path)
	}
}

// document is the page, up to the outage.
func document() string {
	var b strings.Builder
	b.WriteString("# When an upstream fails\n\n" +
		"Who reads this: people on call, who see something fail and ask what clients notice of it, and what RouteIQ does about it.\n" +
		"This page is written by the test that proves it (`go test ./envoy/faults -update`), with routeiq-host and with a stock Envoy that runs\n" +
		"the file `routeiq-agent render` prints, unedited: each row by one request, and by " + fmt.Sprint(crowd) + " at the same time, of which each is answered as the row\n" +
		"says, or, once the breaker is open, without the failing deployment.\n\n")
	matrix(&b)
	differences(&b)
	deadlines(&b)
	return b.String()
}

func matrix(b *strings.Builder) {
	b.WriteString("## What the client sees\n\n" +
		"The group has the failing deployment as `order: 1`, with a good one as `order: 2` behind it, or alone; `num_retries` is 1. \"JSON\" is a\n" +
		"request for a whole answer. The classes are those of the attempts in the decision's log line. What one failure does to the\n" +
		"deployment's breaker: it *counts* (5 within 60 s open it, unless configured otherwise), it *opens* the breaker *at once*, or nothing.\n" +
		"A JSON answer is held until it is whole or longer than 64 KiB, a stream until its first event that says something: until then a\n" +
		"failure leads to the next deployment, and the client sees none of it. Rows with ¹ are different in Envoy: see below.\n\n" +
		"| the deployment | request | with a good one behind it | classes | alone | classes | breaker |\n|---|---|---|---|---|---|---|\n")
	for i := range faults {
		f := &faults[i]
		for _, r := range f.rows() {
			pair, made := words(r.pair)
			alone, madeAlone := words(r.alone)
			mark := ""
			if r.envoy != nil {
				mark = " ¹"
			}
			fmt.Fprintf(b, "| %s%s | %s | %s | %s | %s | %s | %s |\n", f.name, mark, r.kind,
				pair+when(r.after[0]), made, alone+when(r.after[1]), madeAlone, r.breaker)
		}
	}
	fmt.Fprintf(b, "\nWhen the breaker is open: a request for the group is answered by the others, and where there is none with `503` `no_deployment_available`,\n"+
		"or `429` `rate_limit_exceeded` when its provider asked to wait; both carry `Retry-After`.\n"+
		"The times are those of `timeout` %s, `stream_timeout` %s, `stall_timeout` %s.\n\n", wholeDeadline, firstDeadline, stallDeadline)
}

// row is a fault for one kind of request, or for both.
type row struct {
	*want
	kind string
}

func (f *fault) rows() (all []row) {
	if f.both != nil {
		return []row{{f.both, "both"}}
	}
	if f.json != nil {
		all = append(all, row{f.json, "JSON"})
	}
	if f.stream != nil {
		all = append(all, row{f.stream, "stream"})
	}
	return all
}

func differences(b *strings.Builder) {
	b.WriteString("## What is different in Envoy\n\n| the deployment | request | with a good one behind it | alone | breaker | why |\n|---|---|---|---|---|---|\n")
	for i := range faults {
		for _, r := range faults[i].rows() {
			if r.envoy == nil {
				continue
			}
			w := r.in(engine.Envoy)
			pair, _ := words(w.pair)
			alone, _ := words(w.alone)
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", faults[i].name, r.kind, pair, alone, w.breaker, r.envoy.why)
		}
	}
	b.WriteString("\n")
}

// words turns a result as the table has it into words, and its classes.
func words(result string) (client, classes string) {
	client, classes, _ = strings.Cut(result, ": ")
	client, from, _ := strings.Cut(client, " from ")
	status, rest, _ := strings.Cut(client, " ")
	code, isEvent := strings.CutPrefix(rest, "error event ")
	switch {
	case rest == "whole" && from == "good":
		client = "the other's answer"
	case rest == "whole":
		client = "its answer"
	case rest == "cut":
		client = "`" + status + "`, and the connection is closed in the middle"
	case rest == "half":
		client = "`" + status + "` with half the JSON"
	case rest == "no JSON":
		client = "`" + status + "` with what is no JSON"
	case isEvent:
		client = "`" + status + "`, at the end an `error` event: `" + code + "`"
	default:
		client = "`" + status + "` `" + rest + "`"
	}
	return client, strings.ReplaceAll(classes, ", ", " → ")
}

func when(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ", after " + d.String()
}
