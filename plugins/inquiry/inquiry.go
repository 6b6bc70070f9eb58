package inquiry

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/encoder"
)

// Inquiry is the calls that one request waits for:
//
//	(Next → Done)* → Next, which returns nil → Verdict
type Inquiry struct {
	client   *Client
	encoder  *encoder.Client // nil: there is none
	plan     Plan
	terms    Terms
	question Question
	heard    Heard
	spent    abi.Inquiry
	beganMS  int64 // 0: it did not begin
	open     *Call // that is under way
}

// bytesPerToken is how long a token is taken to be.
const bytesPerToken = 4

// Next returns the next call, or nil when there is none.
func (i *Inquiry) Next(nowMS int64) *Call {
	if i.beganMS == 0 {
		i.beganMS = nowMS
		if i.question.Query == "" {
			i.heard.Failed = abi.AbstainsWords
		}
	}
	if call := i.nextQuestion(nowMS); call != nil {
		return call
	}
	return i.nextVector(nowMS)
}

// nextQuestion returns the next call of the judge, or nil when there is none.
func (i *Inquiry) nextQuestion(nowMS int64) *Call {
	if i.heard.Failed != "" {
		return nil
	}
	p, more := i.plan.Ask(&i.question, i.heard.Answers)
	if !more {
		return nil
	}
	left := i.beganMS + i.terms.DeadlineMS - nowMS
	body := Body(i.client.Judge, &p)
	switch {
	case left <= 0:
		i.heard.Failed = abi.AbstainsAnswer
		return nil
	case i.spent.Calls >= i.terms.MaxCalls || i.terms.MaxUSD > 0 && i.spent.USD+i.most(body, &p) > i.terms.MaxUSD:
		i.heard.Failed = abi.AbstainsBudget
		return nil
	}
	guard, ok := i.client.guard.Admit(nowMS)
	if !ok {
		i.heard.Failed = abi.AbstainsAnswer
		return nil
	}
	i.spent.Calls++
	i.open = toJudge(i.client.Judge, body, left, guard)
	return i.open
}

// most is what a call costs at most, as far as its input's tokens can be told.
func (i *Inquiry) most(body []byte, p *Prompt) float64 {
	if i.client.Judge.Price == nil {
		return 0
	}
	return i.client.Judge.Price.Of(abi.Usage{Input: len(body) / bytesPerToken, Output: p.MaxTokens})
}

// Done tells how a call ended: status 0 is none, whether it came too late or nobody was reached. It returns the transition of the
// breaker that followed, if one did, and why the answer cannot be read.
func (i *Inquiry) Done(call *Call, status int, body []byte, nowMS int64) ([]breaker.Event, error) {
	i.open = nil
	if call.vector != nil {
		return i.doneVector(call, status, body, nowMS)
	}
	class := breaker.ClassOf(status)
	if class != abi.ClassOK {
		i.heard.Failed = abi.AbstainsAnswer
		return i.client.guard.Done(call.guard, class, nowMS), nil
	}
	answer, err := Read(body)
	if err != nil {
		class, i.heard.Failed = abi.ClassMalformed, abi.AbstainsUnreadable
	} else {
		i.heard.Answers = append(i.heard.Answers, answer.Text)
	}
	if answer.Usage.Input == 0 {
		answer.Usage = abi.Usage{Input: len(call.Body) / bytesPerToken, Output: len(answer.Text) / bytesPerToken}
	}
	if p := i.client.Judge.Price; p != nil {
		i.spent.USD += p.Of(answer.Usage)
	}
	i.client.spend(answer.Usage, nowMS)
	return i.client.guard.Done(call.guard, class, nowMS), err
}

// Abandon tells that the request is gone.
func (i *Inquiry) Abandon() {
	switch {
	case i.open == nil:
	case i.open.vector != nil:
		i.encoder.Abandon(i.open.vector)
	default:
		i.client.guard.Abandon(i.open.guard)
	}
}

// Verdict is what came of it.
func (i *Inquiry) Verdict(nowMS int64) *abi.Verdict {
	v := abi.Verdict{Inquiry: i.spent, Group: i.question.Group}
	v.MS = nowMS - i.beganMS
	v.Scores, v.Abstains = i.plan.Conclude(&i.question, &i.heard)
	best := -1
	for n := range v.Scores {
		if best < 0 || v.Scores[n] > v.Scores[best] {
			best = n
		}
	}
	if best >= 0 {
		v.Concluded = i.question.Labels[best]
	}
	return &v
}
