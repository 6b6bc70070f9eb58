package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t *testing.T) *Provider {
	t.Helper()
	p, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func ask(ctx context.Context, p *Provider, model, more string) (int, string, error) {
	q, err := http.NewRequestWithContext(ctx, "POST", "http://"+p.Address+"/v1/chat/completions", strings.NewReader(`{"model":"`+model+`"`+more+`}`))
	if err != nil {
		return 0, "", err
	}
	r, err := client.Do(q)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return r.StatusCode, string(body), err
}

const stream = `,"stream":true`

func TestAnswers(t *testing.T) {
	p := start(t)
	if status, body, err := ask(t.Context(), p, Good, ""); err != nil || status != 200 || body != string(whole) {
		t.Errorf("%d %q %v", status, body, err)
	}
	if status, body, err := ask(t.Context(), p, Good, stream); err != nil || status != 200 || strings.Count(body, "\n\n") != len(chunks) {
		t.Errorf("%d %q %v", status, body, err)
	}
	kinds := map[int]bool{}
	for range 8 {
		status, body, err := ask(t.Context(), p, Failing, stream)
		if status == 200 && !strings.HasPrefix(body, `data: {"error"`) {
			t.Errorf("a good answer from one that fails: %q", body)
		}
		if (err == nil) == (status == 0) {
			t.Errorf("%d %v", status, err)
		}
		kinds[status] = true
	}
	if len(kinds) != 4 {
		t.Errorf("it fails in %v, expected four ways", kinds)
	}
	good := 0
	for range 2 * MoodLength {
		status, _, err := ask(t.Context(), p, Moody, "")
		if err != nil {
			t.Fatal(err)
		}
		if status == 200 {
			good++
		}
	}
	if good != MoodLength {
		t.Errorf("%d good answers of %d, expected half", good, 2*MoodLength)
	}
}

func TestRefusesAndReturns(t *testing.T) {
	p := start(t)
	for range 2 {
		if err := p.Refuse(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ask(t.Context(), p, Good, ""); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while it refuses: %v", err)
		}
		if err := p.Return(); err != nil {
			t.Fatal(err)
		}
		if status, _, err := ask(t.Context(), p, Good, ""); err != nil || status != 200 {
			t.Errorf("when it is back: %d %v", status, err)
		}
	}
}

func TestHangs(t *testing.T) {
	p := start(t)
	p.Hang(true)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, _, err := ask(ctx, p, Good, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it hangs: %v", err)
	}
	p.Hang(false)
	if status, _, err := ask(t.Context(), p, Good, ""); err != nil || status != 200 {
		t.Errorf("when it is back: %d %v", status, err)
	}
}

func TestPaces(t *testing.T) {
	p := start(t)
	p.PacedEvents, p.PacedEvery = 5, 20*time.Millisecond
	began := time.Now()
	status, body, err := ask(t.Context(), p, Paced, stream)
	if err != nil || status != 200 || strings.Count(body, "\n\n") != 6 || !strings.HasSuffix(body, "[DONE]\n\n") {
		t.Errorf("%d %q %v", status, body, err)
	}
	if took, gap := time.Since(began), p.LongestGap(); took < 80*time.Millisecond || gap < 10*time.Millisecond || gap > took {
		t.Errorf("it took %s, the longest gap %s", took, gap)
	}
	if gap := p.LongestGap(); gap != 0 {
		t.Errorf("the gap of %s was not forgotten", gap)
	}
}
