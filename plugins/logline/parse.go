package logline

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Parse reads a line. Of a deployment only the id is known; members this package does not write are passed over, so
// that a proxy may add its own.
func Parse(text []byte) (Line, error) {
	p := parser{r: jsontext.NewReader(text, jsontext.DefaultMaxDepth)}
	err := p.object(func(key string) error { return p.line(key) })
	if err == nil {
		err = p.r.End()
	}
	p.l.Request.Seed = abi.SeedOf(p.l.Request.ID)
	return p.l, err
}

type parser struct {
	r *jsontext.Reader
	l Line
}

func (p *parser) object(member func(key string) error) error {
	return p.r.Object(func(key []byte) error { return member(string(key)) })
}

func (p *parser) line(key string) error {
	q, d := &p.l.Request, &p.l.Decision
	switch key {
	case "request_id":
		return text(p.r, &q.ID)
	case "revision":
		return text(p.r, &d.Revision)
	case "now_ms":
		return number(p.r, &q.NowMS)
	case "turn":
		return number(p.r, &q.Turn)
	case "api":
		return text(p.r, &q.API)
	case "model":
		return text(p.r, &q.Model)
	case "stream":
		return flag(p.r, &q.Stream)
	case "input_tokens":
		return number(p.r, &q.InputTokens)
	case "needs":
		return p.texts(&q.Needs)
	case "pinned":
		return text(p.r, &q.Pinned)
	case "asked_retries":
		q.Asked.Retries = new(int)
		return number(p.r, q.Asked.Retries)
	case "asked_timeout_ms":
		return number(p.r, &q.Asked.TimeoutMS)
	case "asked_stream_timeout_ms":
		return number(p.r, &q.Asked.StreamTimeoutMS)
	case "asked_fallbacks":
		q.Asked.Fallbacks = []string{} // also when it is empty: the client wants none
		return p.texts(&q.Asked.Fallbacks)
	case "cost_weight":
		q.CostWeight = new(float64)
		return float(p.r, q.CostWeight)
	case "quality_floor":
		q.QualityFloor = new(float64)
		return float(p.r, q.QualityFloor)
	case "budget_spent":
		return flag(p.r, &q.Spent)
	case "tags":
		return p.texts(&q.Tags)
	case "region":
		return text(p.r, &q.Region)
	case "profile":
		return text(p.r, &q.Profile)
	case "user_agent":
		return text(p.r, &q.UserAgent)
	case "rung":
		return number(p.r, &q.Rung)
	case "confidence":
		return float(p.r, &q.Confidence)
	case "agentic":
		return float(p.r, &q.Agentic)
	case "asks_reasoning":
		return flag(p.r, &q.Reasoning)
	case "intent":
		return text(p.r, &q.Intent)
	case "session":
		return text(p.r, &q.Session)
	case "sticky":
		return text(p.r, &q.Sticky)
	case "group":
		return text(p.r, &d.Group)
	case "strategy":
		return text(p.r, &d.Strategy)
	case "shadow_strategy", "shadow_deployment", "shadow_artifact", "shadow_abstains":
		return p.shadow(key)
	case "artifact":
		return text(p.r, &d.Model)
	case "abstains":
		return text(p.r, &d.Abstains)
	case "judge", "judge_calls", "judge_ms", "judge_usd", "concluded":
		return p.inquiry(key, &d.Inquiry)
	case "attempts":
		return p.r.Array(func(int) error { return p.attempt() })
	case "left_out":
		return p.r.Array(func(int) error { return p.leftOut() })
	case "seen":
		return p.r.Array(func(int) error { return p.seen() })
	case "unseen":
		return number(p.r, &d.Unseen)
	case "refused":
		d.Refusal = &abi.Refusal{}
		return text(p.r, &d.Refusal.Code)
	case "status":
		return number(p.r, &p.l.Status)
	case "total_ms":
		return number(p.r, &p.l.TotalMS)
	}
	return p.r.Skip()
}

func (p *parser) texts(into *[]string) error {
	return p.r.Array(func(int) error {
		var v string
		err := text(p.r, &v)
		*into = append(*into, v)
		return err
	})
}

func (p *parser) attempt() error {
	a := abi.Attempt{Deployment: &abi.Deployment{}}
	o := abi.Outcome{}
	err := p.object(func(key string) error {
		switch key {
		case "deployment":
			return text(p.r, &a.Deployment.ID)
		case "group":
			return text(p.r, &a.Group)
		case "upstream_model":
			return text(p.r, &a.Model)
		case "probe":
			return flag(p.r, &a.Probe)
		case "forced":
			return flag(p.r, &a.Forced)
		case "only_after":
			return text(p.r, &a.Only)
		case "class":
			return text(p.r, &o.Class)
		case "status":
			return number(p.r, &o.Status)
		case "reason":
			return text(p.r, &o.Reason)
		case "first_byte_ms":
			return number(p.r, &o.FirstByteMS)
		case "duration_ms":
			return number(p.r, &o.DurationMS)
		case "input":
			return number(p.r, &o.Usage.Input)
		case "output":
			return number(p.r, &o.Usage.Output)
		case "cached":
			return number(p.r, &o.Usage.Cached)
		case "reasoning":
			return number(p.r, &o.Usage.Reasoning)
		case "estimated":
			return flag(p.r, &o.Usage.Estimated)
		}
		return p.r.Skip()
	})
	o.Deployment = a.Deployment.ID
	p.l.Decision.Attempts = append(p.l.Decision.Attempts, a)
	p.l.Outcomes = append(p.l.Outcomes, o)
	return err
}

func (p *parser) leftOut() error {
	var l abi.LeftOut
	err := p.object(func(key string) error {
		switch key {
		case "deployment":
			return text(p.r, &l.Deployment)
		case "reason":
			return text(p.r, &l.Reason)
		}
		return p.r.Skip()
	})
	p.l.Decision.LeftOut = append(p.l.Decision.LeftOut, l)
	return err
}

func text[T ~string](r *jsontext.Reader, into *T) error {
	s, err := r.String()
	*into = T(s)
	return err
}

func number[T int | int64 | uint64](r *jsontext.Reader, into *T) error {
	v, err := r.Int()
	*into = T(v)
	return err
}

func flag(r *jsontext.Reader, into *bool) (err error) {
	*into, err = r.Bool()
	return err
}

// shadow reads what another strategy would have chosen.
func (p *parser) shadow(key string) error {
	d := &p.l.Decision
	if d.Shadow == nil {
		d.Shadow = new(abi.Shadowed)
	}
	switch key {
	case "shadow_strategy":
		return text(p.r, &d.Shadow.Strategy)
	case "shadow_deployment":
		return text(p.r, &d.Shadow.Deployment)
	case "shadow_artifact":
		return text(p.r, &d.Shadow.Model)
	}
	return text(p.r, &d.Shadow.Abstains)
}
