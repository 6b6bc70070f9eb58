package workload

import (
	"encoding/json"
	"testing"
)

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		w      Workload
		size   int
		stream bool
		asked  Workload
	}{
		{Small, SmallBody, false, Small},
		{Large, LargeBody, false, Small}, // the upstream answers both alike
		{Stream, SmallBody, true, Stream},
		{Paused, SmallBody, true, Paused},
	} {
		t.Run(c.w.Name, func(t *testing.T) {
			body := c.w.Body("some/model")
			if len(body) != c.size {
				t.Errorf("%d bytes, expected %d", len(body), c.size)
			}
			var doc struct {
				Model  string `json:"model"`
				Stream bool   `json:"stream"`
			}
			if err := json.Unmarshal(body, &doc); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if doc.Model != "some/model" || doc.Stream != c.stream {
				t.Errorf("model %q, stream %v", doc.Model, doc.Stream)
			}
			model, w, ok := Asked(body)
			if !ok || model != "some/model" || w != c.asked {
				t.Errorf("Asked: %q, %q, %v", model, w.Name, ok)
			}
		})
	}
}

func TestAskedRefusesOtherText(t *testing.T) {
	for _, body := range []string{"", "{}", `{"model":"a"}`, `{"user":"json"}`, `{"model":"a","user":"other"}`, `{"user":"json","model":"a`} {
		if _, _, ok := Asked([]byte(body)); ok {
			t.Errorf("%q was read", body)
		}
	}
}

func TestAnswers(t *testing.T) {
	if n := len(Small.Answer()); n != AnswerBody || !json.Valid(Small.Answer()) {
		t.Errorf("the JSON answer has %d bytes, expected %d; valid: %v", n, AnswerBody, json.Valid(Small.Answer()))
	}
	parts := Parts()
	if len(parts) != Events+1 {
		t.Fatalf("%d events, expected %d and the end", len(parts), Events)
	}
	whole := 0
	for i, p := range parts {
		whole += len(p)
		if i < Events && !json.Valid(p[len("data: "):]) {
			t.Errorf("event %d is no JSON: %s", i, p)
		}
	}
	if len(Stream.Answer()) != whole {
		t.Errorf("the answer has %d bytes, its events %d", len(Stream.Answer()), whole)
	}
}
