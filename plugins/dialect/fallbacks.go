package dialect

import (
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// fallback is one name of a client's "fallbacks", and the group it stands in for; "" is whatever was asked for.
type fallback struct{ group, name string }

const (
	wantFallbacks = `a list of names, {"model": NAME} or {GROUP: [NAME, …]}`
	anyGroup      = "*" // LiteLLM's word for every group that is not named
)

// fallbacks reads LiteLLM's client-side fallbacks: a list of names, of objects that name a "model" (what else they hold is
// not for us to pass on), and of objects that map a group to its names, as in LiteLLM's configuration.
func (q *request) fallbacks() error {
	if q.r.Peek() != jsontext.Array {
		return q.wrongType("fallbacks", wantFallbacks)
	}
	q.asks = []fallback{} // an empty list is asked for too
	return q.r.Array(func(int) error {
		switch q.r.Peek() {
		case jsontext.String:
			return q.fallback("")
		case jsontext.Object:
			return q.fallbackObject()
		case jsontext.Invalid:
			return q.r.Skip()
		}
		return q.badFallbacks()
	})
}

func (q *request) badFallbacks() error {
	return q.refuse("invalid_type", "fallbacks", "Invalid type for 'fallbacks': expected "+wantFallbacks+".")
}

// fallback reads one name.
func (q *request) fallback(group string) error {
	name, err := q.r.String()
	switch {
	case err != nil:
		return err
	case name == "":
		return q.refuse("invalid_value", "fallbacks", "Invalid value for 'fallbacks': a name must not be empty.")
	case len(q.asks) == abi.MaxRetries: // more could not be attempts
		return q.refuse("invalid_value", "fallbacks", "Invalid value for 'fallbacks': expected at most "+strconv.Itoa(abi.MaxRetries)+" names.")
	}
	q.asks = append(q.asks, fallback{group, name})
	return nil
}

// fallbackObject reads an object of either kind. Which it is shows only when "model" was seen, and that may be last.
func (q *request) fallbackObject() error {
	before := len(q.asks)
	model, odd, empty := fallback{}, false, true
	err := q.r.Object(func(key []byte) error {
		empty = false
		switch kind := q.r.Peek(); {
		case kind == jsontext.String && string(key) == "model":
			if model.name != "" {
				return q.refuse("duplicate_parameter", "fallbacks", `An object of "fallbacks" holds "model" more than once.`)
			}
			at := len(q.asks)
			if err := q.fallback(""); err != nil {
				return err
			}
			model, q.asks = q.asks[at], q.asks[:at]
			return nil
		case kind == jsontext.Array && !odd && model.name == "":
			return q.fallbackList(string(key), &odd)
		}
		odd = true
		return q.r.Skip()
	})
	switch {
	case err != nil:
		return err
	case model.name != "":
		q.asks = append(q.asks[:before], model)
	case odd || empty:
		return q.badFallbacks()
	}
	return nil
}

// fallbackList reads the names of one group. A list of something else may belong to an object that names a model.
func (q *request) fallbackList(group string, odd *bool) error {
	return q.r.Array(func(int) error {
		if q.r.Peek() != jsontext.String {
			*odd = true
		}
		if *odd {
			return q.r.Skip()
		}
		return q.fallback(group)
	})
}

// settleFallbacks leaves the names that concern the model that was asked for, which may stand behind them in the body.
func (q *request) settleFallbacks() {
	if q.noFallbacks {
		q.b.Asked.Fallbacks = []string{}
		return
	}
	if q.asks == nil {
		return
	}
	named := false
	for _, f := range q.asks {
		named = named || f.group == q.b.Model
	}
	names := make([]string, 0, len(q.asks))
	for _, f := range q.asks {
		if f.group == "" || f.group == q.b.Model || f.group == anyGroup && !named {
			names = append(names, f.name)
		}
	}
	q.b.Asked.Fallbacks = names
}
