package inquiry

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/encoder"
)

// Call is one that must be made: of the judge, or of the encoder.
type Call struct {
	Name       string // who is called, for logs
	Cluster    string
	Authority  string
	Path       string
	Headers    []abi.Header
	Body       []byte
	DeadlineMS int64

	guard  breaker.OwnCall
	part   string        // whose vector it is for
	vector *encoder.Call // nil: it is the judge's
}

// toJudge is a call of the judge.
func toJudge(j *abi.Judge, body []byte, deadlineMS int64, guard breaker.OwnCall) *Call {
	return &Call{
		Name: j.ID, Cluster: j.Cluster, Authority: j.Authority, Path: j.Path, Headers: j.Headers, Body: body, DeadlineMS: deadlineMS, guard: guard,
	}
}

// nextVector returns the call for the next vector that is needed, or nil where there is none. An encoder has its own deadline: it is
// asked also where the judge has used up all of its time. A text of which there is no vector is not asked about again.
func (i *Inquiry) nextVector(nowMS int64) *Call {
	plan, divides := i.plan.(Dividing)
	if !divides || i.question.Vectors == nil || i.encoder == nil || i.heard.Failed == abi.AbstainsWords {
		return nil
	}
	for _, part := range plan.Parts(&i.question, &i.heard) {
		if _, known := i.question.Vectors[part]; known {
			continue
		}
		vector, call := i.encoder.Want(part, nowMS)
		if i.question.Vectors[part] = vector; call == nil {
			continue
		}
		e := i.encoder.Encoder
		i.open = &Call{
			Name: e.ID, Cluster: e.Cluster, Authority: e.Authority, Path: e.Path, Body: call.Body, DeadlineMS: int64(e.DeadlineMS), part: part, vector: call,
		}
		return i.open
	}
	return nil
}

// doneVector tells how a call of the encoder ended.
func (i *Inquiry) doneVector(call *Call, status int, body []byte, nowMS int64) ([]breaker.Event, error) {
	vector, events, err := i.encoder.Done(call.vector, status, body, nowMS)
	i.question.Vectors[call.part] = vector
	return events, err
}
