package encoder

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// Client asks one encoder for a worker: it remembers vectors, and lets an encoder that fails alone for a while. The call itself is
// its owner's.
type Client struct {
	Encoder *abi.Encoder
	cache   *Cache
	guard   breaker.Own
}

// NewClient returns a client. Of the one before it, which may be nil, it keeps the vectors, if they are of the same encoder.
func NewClient(e *abi.Encoder, b breaker.Board, before *Client) *Client {
	c := &Client{Encoder: e, guard: breaker.Own{Board: b, Name: abi.EncoderCluster}}
	if before != nil && *before.Encoder == *e {
		c.cache = before.cache
	} else {
		c.cache = NewCache(e.Cache)
	}
	return c
}

// Call is one that must be made.
type Call struct {
	Body  []byte
	key   Key
	guard breaker.OwnCall
}

// Want returns a query's vector, or the call that must be made for it; neither while the encoder is left alone.
func (c *Client) Want(query string, nowMS int64) (vector []float32, call *Call) {
	key := KeyOf(query)
	if vector = c.cache.Get(key); vector != nil {
		return vector, nil
	}
	guard, ok := c.guard.Admit(nowMS)
	if !ok {
		return nil, nil
	}
	return nil, &Call{Body: Ask(c.Encoder, query), key: key, guard: guard}
}

// Done tells how a call ended: status 0 is none, whether it came too late or the encoder was not reached. It returns the vector, nil
// where there is none, the transition of the breaker that followed, if one did, and why the answer cannot be read.
func (c *Client) Done(call *Call, status int, body []byte, nowMS int64) (vector []float32, events []breaker.Event, err error) {
	class := breaker.ClassOf(status)
	if class == abi.ClassOK {
		if vector, err = Read(c.Encoder, body); err != nil {
			class = abi.ClassMalformed
		} else {
			c.cache.Put(call.key, vector)
		}
	}
	return vector, c.guard.Done(call.guard, class, nowMS), err
}

// Abandon tells that nobody waits for a call any more.
func (c *Client) Abandon(call *Call) { c.guard.Abandon(call.guard) }
