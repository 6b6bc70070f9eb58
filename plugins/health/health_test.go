package health

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

const now = 1_000_000

// config has one group with the deployments named; one whose name begins with '!' is unconfigured.
func config(minModels int, ids ...string) *abi.Config {
	c := &abi.Config{Breaker: abi.DefaultBreaker, Health: abi.Health{MinModels: minModels}}
	g := abi.ModelGroup{Name: "chat"}
	for _, id := range ids {
		d := abi.Deployment{ID: id}
		if name, ok := strings.CutPrefix(id, "!"); ok {
			d.ID, d.Unconfigured = name, "OPENAI_API_KEY is not set"
		}
		g.Deployments = append(g.Deployments, d)
	}
	c.Groups = []abi.ModelGroup{g}
	return c
}

func open(id string) breaker.Circuit {
	return breaker.Circuit{ID: id, UntilMS: now + 11_001, Class: abi.ClassRateLimited}
}

func halfOpen(id string) breaker.Circuit {
	return breaker.Circuit{ID: id, UntilMS: now - 1, Class: abi.ClassConnect}
}

func TestReady(t *testing.T) {
	const closed = `"circuit_breakers":{"status":"healthy","open_breakers":[],"breakers":{}}`
	off := config(1, "a")
	off.Breaker.Enabled = false
	own := config(1, "a")
	own.Groups[0].Deployments[0].Breaker = &abi.BreakerPolicy{}
	tests := []struct {
		name string
		in   Input
		code int
		body string
	}{
		{"nothing is wrong", Input{Config: config(1, "a", "b")}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{` + closed + `},"models":{"healthy":2,"degraded":0,"unhealthy":0,"unconfigured":0,"total":2},"request_id":""}`},
		{"one of each", Input{Config: config(1, "a", "b", "c"), Circuits: breaker.Table{open("c"), halfOpen("b")}, RequestID: `r"1`}, 200,
			`{"status":"degraded","service":"routeiq","is_degraded":true,"checks":{"circuit_breakers":{"status":"degraded","open_breakers":["c"],"breakers":{"c":{"state":"open","reason":"rate_limited","retry_after_seconds":12},"b":{"state":"half_open","reason":"connect","retry_after_seconds":0}}}},"models":{"healthy":1,"degraded":1,"unhealthy":1,"unconfigured":0,"total":3},"request_id":"r\"1"}`},
		{"half-open is not degraded", Input{Config: config(1, "b"), Circuits: breaker.Table{halfOpen("b")}}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{"circuit_breakers":{"status":"healthy","open_breakers":[],"breakers":{"b":{"state":"half_open","reason":"connect","retry_after_seconds":0}}}},"models":{"healthy":0,"degraded":1,"unhealthy":0,"unconfigured":0,"total":1},"request_id":""}`},
		{"too few that are not open", Input{Config: config(2, "a", "b", "!c"), Circuits: breaker.Table{open("a")}}, 503,
			`{"status":"not_ready","service":"routeiq","is_degraded":true,"checks":{"circuit_breakers":{"status":"degraded","open_breakers":["a"],"breakers":{"a":{"state":"open","reason":"rate_limited","retry_after_seconds":12}}},"models":{"status":"unhealthy","available":1,"required":2}},"models":{"healthy":1,"degraded":0,"unhealthy":1,"unconfigured":1,"total":3},"request_id":""}`},
		{"no models", Input{Config: config(0)}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{` + closed + `},"models":{"healthy":0,"degraded":0,"unhealthy":0,"unconfigured":0,"total":0},"request_id":""}`},
		{"no document", Input{}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{` + closed + `},"models":{"healthy":0,"degraded":0,"unhealthy":0,"unconfigured":0,"total":0},"request_id":""}`},
		{"accepting", Input{Config: config(1, "a"), Drain: &Drain{Active: 3}}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{"drain_status":{"status":"accepting","active_requests":3},` + closed + `},"models":{"healthy":1,"degraded":0,"unhealthy":0,"unconfigured":0,"total":1},"request_id":""}`},
		{"draining", Input{Config: config(1, "a"), Drain: &Drain{Draining: true}}, 503,
			`{"status":"not_ready","service":"routeiq","is_degraded":false,"checks":{"drain_status":{"status":"draining","active_requests":0},` + closed + `},"models":{"healthy":1,"degraded":0,"unhealthy":0,"unconfigured":0,"total":1},"request_id":""}`},
		{"a circuit of a deployment that is gone", Input{Config: config(1, "a"), Circuits: breaker.Table{open("z")}}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{` + closed + `},"models":{"healthy":1,"degraded":0,"unhealthy":0,"unconfigured":0,"total":1},"request_id":""}`},
		{"a circuit of before breakers were off", Input{Config: off, Circuits: breaker.Table{open("a")}}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{` + closed + `},"models":{"healthy":1,"degraded":0,"unhealthy":0,"unconfigured":0,"total":1},"request_id":""}`},
		{"a circuit of before its breaker was off", Input{Config: own, Circuits: breaker.Table{open("a")}}, 200,
			`{"status":"ready","service":"routeiq","is_degraded":false,"checks":{` + closed + `},"models":{"healthy":1,"degraded":0,"unhealthy":0,"unconfigured":0,"total":1},"request_id":""}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.NowMS = now
			code, body := Ready(tt.in)
			if code != tt.code || string(body) != tt.body {
				t.Errorf("%d\n%s\nwant %d\n%s", code, body, tt.code, tt.body)
			}
			if !json.Valid(body) {
				t.Error("no JSON")
			}
		})
	}
}

func TestModels(t *testing.T) {
	tests := []struct {
		name string
		in   Input
		body string
	}{
		{"no document", Input{}, `{"models":[]}`},
		{"by id, one of each", Input{Config: config(1, "d", "c", "b", "!a"), Circuits: breaker.Table{open("c"), open("a"), halfOpen("b")}},
			`{"models":[{"model_id":"a","model_name":"chat","status":"unconfigured","circuit_breaker":"open","reason":"OPENAI_API_KEY is not set"},` +
				`{"model_id":"b","model_name":"chat","status":"degraded","circuit_breaker":"half_open","reason":"connect","retry_after_seconds":0},` +
				`{"model_id":"c","model_name":"chat","status":"unhealthy","circuit_breaker":"open","reason":"rate_limited","retry_after_seconds":12},` +
				`{"model_id":"d","model_name":"chat","status":"healthy","circuit_breaker":"closed"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.NowMS = now
			if body := Models(tt.in); string(body) != tt.body || !json.Valid(body) {
				t.Errorf("%s\nwant\n%s", body, tt.body)
			}
		})
	}
}

// TestReadyStaysSmall: ten thousand open breakers are counted, and a hundred named.
func TestReadyStaysSmall(t *testing.T) {
	var ids []string
	var table breaker.Table
	for i := range 10_000 {
		ids = append(ids, fmt.Sprintf("deployment-%05d", i))
		if i%2 == 0 {
			table = append(table, open(ids[i]))
		} else {
			table = append(table, halfOpen(ids[i]))
		}
	}
	table = table[:9_950] // the last fifty are closed
	for _, opens := range []bool{true, false} {
		if !opens {
			for i := range 9_900 {
				table[i] = halfOpen(ids[i])
			}
		}
		code, body := Ready(Input{Config: config(1, ids...), Circuits: table, NowMS: now})
		var got struct {
			Checks struct {
				Breakers struct {
					Open      []string                  `json:"open_breakers"`
					Breakers  map[string]map[string]any `json:"breakers"`
					NotListed int                       `json:"not_listed"`
				} `json:"circuit_breakers"`
			} `json:"checks"`
			Models map[string]int `json:"models"`
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		wantOpen, wantUnhealthy := 100, 4_975
		if !opens {
			wantOpen, wantUnhealthy = 25, 25
		}
		b := got.Checks.Breakers
		if code != 200 || len(body) > 16<<10 || len(b.Open) != wantOpen || len(b.Breakers) != listed || b.NotListed != 9_850 ||
			got.Models["unhealthy"] != wantUnhealthy || got.Models["healthy"] != 50 || got.Models["total"] != 10_000 {
			t.Errorf("%d, %d bytes, %d open, %d named, %d not, %v", code, len(body), len(b.Open), len(b.Breakers), b.NotListed, got.Models)
		}
	}
}
