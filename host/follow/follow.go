package follow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/host"
)

// Take puts a configuration in force, or says why it cannot be, and keeps the one before it then.
type Take func(ctx context.Context, config host.Config) error

// Pauses between tries when the agent cannot be asked, and the shortest time from one poll that brought nothing to the next.
const (
	firstPause = 500 * time.Millisecond
	maxPause   = 30 * time.Second
	pollPause  = time.Second
)

func pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff() // with jitter: all hosts lose an agent in the same moment
	b.InitialInterval, b.MaxInterval, b.Multiplier = firstPause, maxPause, 2
	b.Reset()
	return b
}

// Start has the first update taken: the agent's, or the last one that was taken here when the agent has none, refuses this
// host or cannot be reached. Without either it asks until there is one. An agent that does not let this host in is an error
// when nothing was kept, because nothing will change by itself.
func (f *Follower) Start(ctx context.Context, take Take) error {
	kept, keptTag, err := f.kept()
	if err != nil {
		f.log.Error("what was kept of the agent's updates is of no use", "reason", err)
	}
	wait := f.options.Wait
	if kept != nil {
		wait, f.have = 0, keptTag
	}
	for pause := pauses(); ; {
		asked := time.Now()
		u, tag, err := f.poll(ctx, wait)
		news := u != nil && tag != f.have
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && u != nil:
			if f.take(ctx, take, u, tag) {
				return nil
			}
		case err != nil && kept == nil:
			var refused *refusedError
			if errors.As(err, &refused) && refused.forbidden() {
				return err
			}
			f.log.Warn("the agent cannot be asked for the first update; it is asked again", "reason", err)
		case err != nil:
			f.log.Warn("the agent cannot be asked for the first update", "reason", err)
		}
		if kept != nil && (u == nil || keptTag != tag) {
			f.log.Info("starting from the last update that was taken here", "revision", kept.Revision, "file", f.statePath())
			taken := f.take(ctx, take, kept, keptTag)
			if u != nil || !taken {
				f.have = tag // of the one that was refused, so that it is not sent again; none: the agent's is sent whatever it is
			}
			if taken {
				return nil
			}
		}
		kept, wait = nil, f.options.Wait
		if err := f.rest(ctx, pause, err, news, asked); err != nil {
			return err
		}
	}
}

// Run follows the agent until the context ends. Start comes first.
func (f *Follower) Run(ctx context.Context, take Take) {
	for pause := pauses(); ; {
		f.report(ctx)
		asked := time.Now()
		u, tag, err := f.poll(ctx, f.options.Wait)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.log.Warn("the agent cannot be asked for updates; what runs goes on", "reason", err)
		}
		news := u != nil && tag != f.have
		if u != nil {
			f.take(ctx, take, u, tag)
		}
		if f.rest(ctx, pause, err, news, asked) != nil {
			return
		}
	}
}

// rest waits between two polls: ever longer after errors; after a poll that brought no news, only if that was at once.
func (f *Follower) rest(ctx context.Context, pause *backoff.ExponentialBackOff, failed error, news bool, asked time.Time) error {
	wait := pollPause - time.Since(asked)
	if failed != nil {
		wait = pause.NextBackOff()
	} else if pause.Reset(); news {
		wait = 0
	}
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take has an update taken, unless it runs already, and notes what the agent is to be told of it.
func (f *Follower) take(ctx context.Context, take Take, u *update.Update, tag string) (taken bool) {
	f.have = tag
	if tag == f.running {
		f.result = &update.Result{Node: f.options.Node, Revision: u.Revision, Taken: true}
		return true
	}
	config, err := configOf(u)
	if err == nil {
		err = take(ctx, config)
	}
	if err != nil {
		if ctx.Err() != nil {
			return false // it ends: that says nothing about the update
		}
		f.log.Error("an update was refused; what ran before goes on", "revision", u.Revision, "reason", err)
		refused := update.Refused(f.options.Node, u.Revision, err.Error())
		f.result = &refused
		f.report(ctx)
		return false
	}
	f.running = tag
	f.log.Info("an update was taken", "revision", u.Revision)
	if err := f.keep(u); err != nil {
		f.log.Error("the update could not be kept; without the agent this host would start with an older one, or not at all", "revision", u.Revision, "reason", err)
	}
	f.result = &update.Result{Node: f.options.Node, Revision: u.Revision, Taken: true}
	return true
}

// configOf makes an update what a host takes.
func configOf(u *update.Update) (host.Config, error) {
	document, err := abi.Parse(u.Document)
	if err != nil {
		return host.Config{}, fmt.Errorf("the document: %w", err)
	}
	if document.Revision != u.Revision {
		return host.Config{}, fmt.Errorf("the update is of revision %q, its document of %q", u.Revision, document.Revision)
	}
	return host.Config{Document: *document, Clusters: u.Clusters, Credentials: u.Credentials, CORS: u.CORS}, nil
}

// report tells the agent what became of the last update, if it was not told yet. A failure is tried again before the next
// poll, which is not held up by it.
func (f *Follower) report(ctx context.Context) {
	if f.result == nil {
		return
	}
	if err := f.tell(ctx, f.result); err != nil {
		if ctx.Err() == nil {
			f.log.Warn("the agent could not be told what became of an update; it is told again", "revision", f.result.Revision, "reason", err)
		}
		return
	}
	f.result = nil
}
