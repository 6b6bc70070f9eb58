// Package upstream is the provider of the benchmark: it answers each workload with fixed bytes, as fast as it can.
package upstream

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/workload"
)

// Handler answers requests made by package workload. Anything else gets a 400, so that a proxy that damages a request
// is seen.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	body := make([]byte, max(r.ContentLength, 0))
	_, err := io.ReadFull(r.Body, body)
	model, asked, ok := workload.Asked(body)
	if r.ContentLength < 0 || err != nil || !ok {
		http.Error(w, fmt.Sprintf("the body is not one of the benchmark's: content-length %d, %v", r.ContentLength, err), http.StatusBadRequest)
		return
	}
	h := w.Header()
	h.Set("content-type", asked.ContentType())
	h.Set(workload.HeaderModel, model)
	if !asked.Streams() {
		answer := asked.Answer()
		h.Set("content-length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer) // a proxy that left is counted by the load generator
		return
	}
	stream(w, asked == workload.Paused)
}

// stream sends each event by itself, as providers do.
func stream(w http.ResponseWriter, paused bool) {
	flush := http.NewResponseController(w)
	for i, event := range workload.Parts() {
		if _, err := w.Write(event); err != nil {
			return // likewise
		}
		if err := flush.Flush(); err != nil {
			return
		}
		if i == 0 && paused {
			<-time.After(workload.Pause)
		}
	}
}
