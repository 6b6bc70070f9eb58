package conformance

import (
	"fmt"
	"strings"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// expectSeen reads what an upstream must have seen. Where it was sent several requests, each must fit.
func (s *Scenario) expectSeen(letter string, w *words) (*Expect, error) {
	each := func(wire bool, check func(r *result, seen upstream.Seen) error) *Expect {
		return &Expect{wire: wire, check: func(r *result) error {
			if len(r.seen[letter]) == 0 {
				return fmt.Errorf("upstream %s saw nothing", letter)
			}
			for _, seen := range r.seen[letter] {
				if err := check(r, seen); err != nil {
					return fmt.Errorf("upstream %s: %w", letter, err)
				}
			}
			return nil
		}}
	}
	switch word := w.next(); word {
	case "nothing":
		return &Expect{check: func(r *result) error {
			return differs("the number of requests that upstream "+letter+" saw", len(r.seen[letter]), 0)
		}}, w.end()
	case "requests":
		n, err := w.number()
		return &Expect{check: func(r *result) error {
			return differs("the number of requests that upstream "+letter+" saw", len(r.seen[letter]), n)
		}}, firstOf(err, w)
	case "disconnect":
		return &Expect{wire: true, gone: true, check: func(*result) error { return nil }}, w.end()
	case "path":
		want := w.next()
		return each(false, func(r *result, seen upstream.Seen) error { return differs("the path", seen.Path, r.kept.Replace(want)) }), w.end()
	case "method":
		want := w.next()
		return each(false, func(_ *result, seen upstream.Seen) error { return differs("the method", seen.Method, want) }), w.end()
	case "header":
		h, err := w.header()
		return each(true, func(_ *result, seen upstream.Seen) error {
			got := strings.Join(seen.Header.Values(h[0]), " | ")
			if h[0] == "host" { // net/http takes it out of the others
				got = seen.Host
			}
			return differs("header "+h[0], got, h[1])
		}), firstOf(err, w)
	case "no":
		if !w.skip("header") {
			return nil, fmt.Errorf("expected \"saw no header NAME\"")
		}
		name := w.next()
		return each(true, func(_ *result, seen upstream.Seen) error {
			return differs("header "+name, strings.Join(seen.Header.Values(name), " | "), "")
		}), w.end()
	case "body":
		check, err := s.bodyCheck(w)
		return each(false, func(r *result, seen upstream.Seen) error { return check(r, seen.Body) }), err
	default:
		return nil, fmt.Errorf("%q is nothing an upstream sees", word)
	}
}
