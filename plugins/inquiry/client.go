package inquiry

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/encoder"
)

// Client is one judge, for all requests of a worker. The calls themselves are its owner's.
type Client struct {
	Judge *abi.Judge
	guard breaker.Own
	spend func(u abi.Usage, nowMS int64)
}

// NewClient returns a client. A judge that fails is left alone for a while; spend is told what each answer took.
func NewClient(j *abi.Judge, b breaker.Board, spend func(u abi.Usage, nowMS int64)) *Client {
	return &Client{Judge: j, guard: breaker.Own{Board: b, Name: abi.JudgeCluster(j.ID)}, spend: spend}
}

// Begin begins an inquiry about one request. The encoder, which may be nil, makes the vectors that the question needs.
func (c *Client) Begin(plan Plan, terms Terms, q Question, e *encoder.Client) *Inquiry {
	return &Inquiry{client: c, plan: plan, terms: terms, question: q, encoder: e, spent: abi.Inquiry{Judge: c.Judge.ID}}
}
