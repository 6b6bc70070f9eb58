package dialect

import (
	"math"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// tags reads a list of tags. It is not nil, even if empty.
func (q *request) tags(name string) ([]string, error) {
	if q.r.Peek() != jsontext.Array {
		return nil, q.wrongType(name, "a list of strings")
	}
	tags := []string{}
	err := q.r.Array(func(int) error {
		switch q.r.Peek() {
		case jsontext.Invalid:
			return q.r.Skip()
		case jsontext.String:
		default:
			return q.refuse("invalid_type", name, "Invalid type for '"+name+"': expected a list of strings.")
		}
		tag, err := q.r.Bytes()
		if err != nil {
			return err
		}
		if len(tag) == 0 || len(tag) > maxHint || len(tags) == maxTags {
			return q.wrongValue(name, wantTags)
		}
		tags = append(tags, string(tag))
		return nil
	})
	return tags, err
}

// hintText reads a string.
func (q *request) hintText(name string) (string, error) {
	if q.r.Peek() != jsontext.String {
		return "", q.wrongType(name, "a string")
	}
	text, err := q.r.Bytes()
	if err != nil {
		return "", err
	}
	if len(text) > maxHint {
		return "", q.wrongValue(name, wantHint)
	}
	return string(text), nil
}

// hintNumber reads a number within bounds.
func (q *request) hintNumber(name string, low, high float64, whole bool) (float64, error) {
	want := "a number from 0 to 1"
	if whole {
		want = "a whole number of 1 or more"
	}
	if q.r.Peek() != jsontext.Number {
		return 0, q.wrongType(name, want)
	}
	v, err := q.r.Float()
	if err == nil && (v < low || v > high || whole && v != math.Trunc(v)) {
		err = q.wrongValue(name, want)
	}
	return v, err
}

// user notes who asks. It stays in the body: it is the upstream's.
func (q *request) user() error {
	if q.r.Peek() != jsontext.String {
		return q.r.Skip()
	}
	text, err := q.r.Bytes()
	if err == nil && len(text) <= maxHint {
		q.b.User = string(text)
	}
	return err
}
