package dialect

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// edit is one change to a text: what stands between start and end becomes text.
type edit struct {
	start, end int
	text       []byte
}

// apply returns body with the edits made, which are in order and do not overlap.
func apply(body []byte, edits []edit) []byte {
	out := make([]byte, 0, editedLen(len(body), edits))
	at := 0
	for _, e := range edits {
		out = append(out, body[at:e.start]...)
		out = append(out, e.text...)
		at = e.end
	}
	return append(out, body[at:]...)
}

func editedLen(n int, edits []edit) int {
	for _, e := range edits {
		n += len(e.text) - (e.end - e.start)
	}
	return n
}

// Rewrite returns the body for one attempt: byte for byte the client's, but without what was meant for the gateway (see
// Body.Asked and Body.Hints), with this model, with this previous response (previousID empty: the client's), and asking for the usage of
// a stream if askUsage is set. body must be the
// text that was read; it is returned itself when nothing changes, and never changed.
func (b *Body) Rewrite(body []byte, model, previousID string, askUsage bool) []byte {
	var room [3]edit
	edits := b.edits(room[:0], model, previousID, askUsage)
	if len(edits) == 0 {
		return body
	}
	return apply(body, edits)
}

// Rewrites tells whether Rewrite would change anything.
func (b *Body) Rewrites(model, previousID string, askUsage bool) bool {
	var room [3]edit
	return len(b.edits(room[:0], model, previousID, askUsage)) > 0
}

// RewrittenLen returns the length in bytes of what Rewrite would return; -1 when no body was read.
func (b *Body) RewrittenLen(model, previousID string, askUsage bool) int {
	if b.size == 0 {
		return -1
	}
	var room [3]edit
	return editedLen(b.size, b.edits(room[:0], model, previousID, askUsage))
}

func (b *Body) edits(edits []edit, model, previousID string, askUsage bool) []edit {
	if b.size == 0 {
		return nil
	}
	switch {
	case b.modelAt.none():
		edits = append(edits, edit{b.insert, b.insert, closed(jsontext.AppendString([]byte(`"model":`), model), b.empty)})
	case b.written != model:
		edits = append(edits, edit{b.modelAt.start, b.modelAt.end, jsontext.AppendString([]byte(nil), model)})
	}
	if previousID != "" && !b.previousAt.none() && previousID != b.PreviousResponseID {
		edits = append(edits, edit{b.previousAt.start, b.previousAt.end, jsontext.AppendString([]byte(nil), previousID)})
	}
	if askUsage && b.Stream && !b.IncludeUsage && (b.api == abi.APIChat || b.api == abi.APICompletions) {
		edits = append(edits, b.askUsage())
	}
	for _, cut := range b.cuts {
		edits = append(edits, edit{cut.start, cut.end, nil})
	}
	// Few, and nearly in order. An insertion stays before a cut that begins at the same place.
	for i := 1; i < len(edits); i++ {
		for j := i; j > 0 && edits[j].start < edits[j-1].start; j-- {
			edits[j], edits[j-1] = edits[j-1], edits[j]
		}
	}
	return edits
}

// askUsage sets stream_options.include_usage, with the least change that does.
func (b *Body) askUsage() edit {
	switch {
	case !b.includeAt.none():
		return edit{b.includeAt.start, b.includeAt.end, []byte("true")}
	case b.optionsSet:
		return edit{b.optInsert, b.optInsert, closed([]byte(`"include_usage":true`), b.optEmpty)}
	case !b.optionsAt.none(): // null
		return edit{b.optionsAt.start, b.optionsAt.end, []byte(`{"include_usage":true}`)}
	}
	return edit{b.insert, b.insert, []byte(`"stream_options":{"include_usage":true},`)} // a streaming body has a member: "stream"
}

// closed puts a comma behind an inserted member, unless it is the object's only one.
func closed(member []byte, only bool) []byte {
	if only {
		return member
	}
	return append(member, ',')
}
