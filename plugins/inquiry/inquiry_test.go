package inquiry

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/encoder"
	"github.com/routeiq/routeiq/plugins/store"
)

// rounds is a plan of so many calls. It prefers the second label where an answer says so.
type rounds int

func (n rounds) Ask(q *Question, answers []string) (Prompt, bool) {
	return Prompt{Messages: []Message{{User, q.Query}}, MaxTokens: 100}, len(answers) < int(n)
}

func (rounds) Conclude(_ *Question, h *Heard) ([]float64, abi.Abstains) {
	if h.Failed != "" {
		return nil, h.Failed
	}
	if len(h.Answers) > 0 && h.Answers[len(h.Answers)-1] == "second" {
		return []float64{0, 1}, ""
	}
	return []float64{0, 0}, ""
}

const now = int64(1_760_000_000_000)

func said(text string) []byte {
	return []byte(`{"choices":[{"message":{"content":"` + text + `"}}],"usage":{"prompt_tokens":1000,"completion_tokens":100}}`)
}

// client returns a client of a judge that costs a thousandth of a dollar a call, and what was told to be spent.
func client(price *abi.Price) (*Client, *[]abi.Usage) {
	var spent []abi.Usage
	j := &abi.Judge{ID: "j", Cluster: "c", Path: "/p", Model: "m", Price: price}
	return NewClient(j, breaker.Board{Store: new(store.Map)}, func(u abi.Usage, _ int64) { spent = append(spent, u) }), &spent
}

var thousandth = &abi.Price{Input: 5e-7, Output: 5e-6}

func question(query string) Question {
	return Question{Group: "g", Query: query, Labels: []string{"first", "second"}}
}

func TestInquiry(t *testing.T) {
	c, spent := client(thousandth)
	i := c.Begin(rounds(2), Terms{Judge: "j", DeadlineMS: 1000, MaxCalls: 2}, question("what?"), nil)
	call := i.Next(now)
	if call == nil || call.DeadlineMS != 1000 || !strings.Contains(string(call.Body), "what?") {
		t.Fatalf("%+v", call)
	}
	if _, err := i.Done(call, 200, said("first"), now+300); err != nil {
		t.Fatal(err)
	}
	if call = i.Next(now + 300); call == nil || call.DeadlineMS != 700 {
		t.Fatalf("%+v", call)
	}
	if _, err := i.Done(call, 200, said("second"), now+500); err != nil {
		t.Fatal(err)
	}
	if call = i.Next(now + 500); call != nil {
		t.Fatalf("%+v", call)
	}
	v := i.Verdict(now + 500)
	if v.Group != "g" || v.Judge != "j" || v.Calls != 2 || v.MS != 500 || v.Concluded != "second" || v.USD < 0.0019 || v.USD > 0.0021 || v.Abstains != "" {
		t.Errorf("%+v", v)
	}
	if len(*spent) != 2 || (*spent)[0] != (abi.Usage{Input: 1000, Output: 100}) {
		t.Errorf("%+v", *spent)
	}
}

// TestWhatEndsAnInquiry: the deadline, the number of calls, what they may cost, an answer that is none.
func TestWhatEndsAnInquiry(t *testing.T) {
	for _, c := range []struct {
		name   string
		terms  Terms
		query  string
		price  *abi.Price
		status int
		body   []byte
		tookMS int64
		calls  int
		want   abi.Abstains
	}{
		{"nothing to ask about", Terms{DeadlineMS: 1000, MaxCalls: 9}, "", nil, 200, said("x"), 1, 0, abi.AbstainsWords},
		{"the deadline", Terms{DeadlineMS: 1000, MaxCalls: 9}, "x", nil, 200, said("x"), 600, 2, abi.AbstainsAnswer},
		{"the number", Terms{DeadlineMS: 1000, MaxCalls: 2}, "x", nil, 200, said("x"), 1, 2, abi.AbstainsBudget},
		{"the first would cost too much", Terms{DeadlineMS: 1000, MaxCalls: 9, MaxUSD: 0.0004}, "x", thousandth, 200, said("x"), 1, 0, abi.AbstainsBudget},
		{"the second would", Terms{DeadlineMS: 1000, MaxCalls: 9, MaxUSD: 0.0012}, "x", thousandth, 200, said("x"), 1, 1, abi.AbstainsBudget},
		{"none in time", Terms{DeadlineMS: 1000, MaxCalls: 9}, "x", nil, 0, nil, 1000, 1, abi.AbstainsAnswer},
		{"an error", Terms{DeadlineMS: 1000, MaxCalls: 9}, "x", nil, 429, said("x"), 1, 1, abi.AbstainsAnswer},
		{"no JSON", Terms{DeadlineMS: 1000, MaxCalls: 9}, "x", nil, 200, []byte("x"), 1, 1, abi.AbstainsUnreadable},
	} {
		judge, _ := client(c.price)
		i := judge.Begin(rounds(3), c.terms, question(c.query), nil)
		at := now
		for call := i.Next(at); call != nil; call = i.Next(at) {
			at += c.tookMS
			i.Done(call, c.status, c.body, at)
		}
		if v := i.Verdict(at); v.Abstains != c.want || v.Calls != c.calls || v.Scores != nil || v.Concluded != "" {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

// halves concludes from vectors of the two halves of a query.
type halves struct{ rounds }

func (halves) Parts(q *Question, _ *Heard) []string {
	return []string{q.Query[:len(q.Query)/2], q.Query[len(q.Query)/2:], q.Query[:len(q.Query)/2]}
}

// TestVectorsOfParts: each part's vector is asked for once, also where the judge has used up its time.
func TestVectorsOfParts(t *testing.T) {
	c, _ := client(nil)
	e := encoder.NewClient(&abi.Encoder{ID: "e", Cluster: "ec", Path: "/v1/embeddings", DeadlineMS: 50, Cache: 5}, breaker.Board{Store: new(store.Map)}, nil)
	q := question("onetwo")
	q.Vectors = map[string][]float32{}
	i := c.Begin(halves{1}, Terms{DeadlineMS: 1000, MaxCalls: 1}, q, e)
	if call := i.Next(now); call == nil || call.Cluster != "c" {
		t.Fatalf("%+v", call)
	} else if _, err := i.Done(call, 0, nil, now+1000); err != nil {
		t.Fatal(err)
	}
	call := i.Next(now + 1000)
	if call == nil || call.Cluster != "ec" || call.DeadlineMS != 50 || !strings.Contains(string(call.Body), `"one"`) {
		t.Fatalf("%+v", call)
	}
	if _, err := i.Done(call, 200, []byte(`{"data":[{"embedding":[1,2]}]}`), now+1010); err != nil {
		t.Fatal(err)
	}
	if call = i.Next(now + 1010); call == nil || !strings.Contains(string(call.Body), `"two"`) {
		t.Fatalf("%+v", call)
	}
	if _, err := i.Done(call, 200, []byte(`{}`), now+1020); err == nil {
		t.Error("an answer without a vector is none")
	}
	if call = i.Next(now + 1020); call != nil {
		t.Fatalf("%+v", call)
	}
	if len(q.Vectors["one"]) != 2 || q.Vectors["two"] != nil {
		t.Errorf("%+v", q.Vectors)
	}
	if v := i.Verdict(now + 1020); v.Calls != 1 || v.MS != 1020 || v.Abstains != abi.AbstainsAnswer {
		t.Errorf("%+v", v)
	}
	again := c.Begin(halves{0}, Terms{DeadlineMS: 1000, MaxCalls: 1}, Question{Query: "onetwo", Vectors: map[string][]float32{}}, e)
	if call := again.Next(now); call == nil || !strings.Contains(string(call.Body), `"two"`) {
		t.Errorf("the vector that is known is asked for: %+v", call)
	}
	again.Abandon()
}

// TestAJudgeThatFailsIsLeftAlone: five failures, and nobody waits for it until a probe finds it well.
func TestAJudgeThatFailsIsLeftAlone(t *testing.T) {
	c, _ := client(nil)
	ask := func(at int64, status int) int {
		i := c.Begin(rounds(1), Terms{DeadlineMS: 1000, MaxCalls: 1}, question("x"), nil)
		if call := i.Next(at); call != nil {
			i.Done(call, status, said("x"), at)
		}
		return i.Verdict(at).Calls
	}
	for range 5 {
		if ask(now, 503) != 1 {
			t.Fatal("it was left alone too early")
		}
	}
	if ask(now, 200) != 0 {
		t.Error("it is asked while it is left alone")
	}
	at := now + 31_000
	probe := c.Begin(rounds(1), Terms{DeadlineMS: 1000, MaxCalls: 1}, question("x"), nil)
	if probe.Next(at) == nil {
		t.Fatal("no probe is made")
	}
	if ask(at, 200) != 0 {
		t.Error("two probes are made at one time")
	}
	probe.Abandon()
	for range 3 {
		if ask(at, 200) != 1 {
			t.Error("it is well, and not asked")
		}
	}
}
