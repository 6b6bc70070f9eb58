package logline

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

func TestAppendTransition(t *testing.T) {
	for _, c := range []struct {
		e    breaker.Event
		want string
	}{
		{breaker.Event{Deployment: `a"b`, From: breaker.Closed, To: breaker.Open, Class: abi.ClassAuth, UntilMS: 1500},
			`{"event":"breaker","deployment":"a\"b","from":"closed","to":"open","reason":"auth","open_ms":500,"now_ms":1000}`},
		{breaker.Event{Deployment: "a", From: breaker.HalfOpen, To: breaker.Closed, Class: abi.ClassOK},
			`{"event":"breaker","deployment":"a","from":"half_open","to":"closed","reason":"ok","now_ms":1000}`},
	} {
		if got := string(AppendTransition(nil, &c.e, 1000)); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}
