package agent

import (
	"context"
	"sync"

	"github.com/routeiq/routeiq/sync/source"
)

// text is a source whose content a test sets.
type text struct {
	mu      sync.Mutex
	body    string
	err     error
	fetches int
}

func (s *text) String() string { return "test://source" }

func (s *text) Fetch(_ context.Context, have source.Revision) (source.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	if s.err != nil {
		return source.Document{}, s.err
	}
	return source.Since(have, "", source.Document{Body: []byte(s.body)})
}

func (s *text) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

func (s *text) set(body string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.err = body, err
}
