package soak

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/routeiq/routeiq/envoy/faults/traffic"
)

// streams opens all streams at once, reads them to their ends and notes the longest silence in one of them.
func (r *run) streams(ctx context.Context) error {
	p := r.result.Plan
	ctx, stop := context.WithTimeout(ctx, patience+time.Duration(p.Events)*p.Every)
	defer stop()
	client := traffic.NewClient(r.proxy.URL, p.Streams)
	defer client.HangUp()
	var group sync.WaitGroup
	for i := range p.Streams {
		group.Go(func() {
			var last time.Time
			var gap time.Duration
			a, err := client.Do(ctx, traffic.Ask{Model: "paced", Stream: true, Piece: func(at time.Time) {
				if !last.IsZero() {
					gap = max(gap, at.Sub(last))
				}
				last = at
			}})
			if err == nil && a.Status != 200 {
				err = fmt.Errorf("status %d", a.Status)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.result.Gap = max(r.result.Gap, gap); err != nil {
				r.wrong(fmt.Errorf("stream %d: %w", i, err))
				return
			}
			r.result.Whole++
		})
	}
	group.Wait()
	return ctx.Err()
}
