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
	board   breaker.Board
}

// policy is that of the encoder's breaker.
var policy = abi.DefaultBreaker

// NewClient returns a client. Of the one before it, which may be nil, it keeps the vectors, if they are of the same encoder.
func NewClient(e *abi.Encoder, b breaker.Board, before *Client) *Client {
	c := &Client{Encoder: e, board: b}
	if before != nil && *before.Encoder == *e {
		c.cache = before.cache
	} else {
		c.cache = NewCache(e.Cache)
	}
	return c
}

// Call is one that must be made.
type Call struct {
	Body    []byte
	key     Key
	askedMS int64
	probe   bool
}

// Want returns a query's vector, or the call that must be made for it; neither while the encoder is left alone.
func (c *Client) Want(query string, nowMS int64) (vector []float32, call *Call) {
	key := KeyOf(query)
	if vector = c.cache.Get(key); vector != nil {
		return vector, nil
	}
	probe := false
	if circuit := c.board.Circuits().Find(abi.EncoderCluster); circuit != nil {
		switch circuit.Phase(nowMS) {
		case breaker.Open:
			return nil, nil
		case breaker.HalfOpen:
			if probe = c.board.Probe(abi.EncoderCluster, policy, nowMS); !probe {
				return nil, nil
			}
		}
	}
	return nil, &Call{Body: Ask(c.Encoder, query), key: key, askedMS: nowMS, probe: probe}
}

// Done tells how a call ended: status 0 is none, whether it came too late or the encoder was not reached. It returns the vector, nil
// where there is none, the transition of the breaker that followed, if one did, and why the answer cannot be read.
func (c *Client) Done(call *Call, status int, body []byte, nowMS int64) (vector []float32, events []breaker.Event, err error) {
	class := classOf(status)
	if class == abi.ClassOK {
		if vector, err = Read(c.Encoder, body); err != nil {
			class = abi.ClassMalformed
		} else {
			c.cache.Put(call.key, vector)
		}
	}
	ended := breaker.Attempt{Class: class, NowMS: nowMS, Seed: uint64(call.askedMS)}
	if call.probe {
		ended.ProbeMS = call.askedMS
	}
	if e, changed := c.board.Record(abi.EncoderCluster, policy, ended); changed {
		events = append(events, e)
	}
	return vector, events, err
}

// classOf is what a status says of the encoder. One that refuses a text is not broken.
func classOf(status int) abi.Class {
	switch {
	case status == 0:
		return abi.ClassTimeout
	case status == 200:
		return abi.ClassOK
	case status == 401 || status == 403:
		return abi.ClassAuth
	case status == 404:
		return abi.ClassNotFound
	case status == 429:
		return abi.ClassRateLimited
	case status < 500:
		return abi.ClassClientError
	}
	return abi.ClassServerError
}
