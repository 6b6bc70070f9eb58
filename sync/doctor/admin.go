package doctor

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bounds of what is asked over the network.
const (
	askWithin = 30 * time.Second
	// maxAnswer bounds an answer: the dump of 10,000 deployments has about 100 MB.
	maxAnswer = 512 << 20
)

// statsFilter names the statistics that checks read.
const statsFilter = `upstream_rq_retry_overflow$|^wasm\..*vm_reload_failure$|\.update_rejected$`

// ReadAdmin asks a running Envoy, by its admin listener's URL, for its configuration. It changes nothing there.
func ReadAdmin(ctx context.Context, client *http.Client, base string) (*Proxy, error) {
	base, err := baseURL(base)
	if err != nil {
		return nil, err
	}
	live := &Live{Asked: time.Now()}
	info, header, err := ask(ctx, client, http.MethodGet, base+"/server_info", nil)
	live.Answer = time.Now()
	if err != nil {
		return nil, err
	}
	live.Date = dateOf(header)
	var server struct {
		Version string
		Node    struct{ ID string }
	}
	if err := json.Unmarshal(info, &server); err != nil {
		return nil, fmt.Errorf("%s/server_info: is no JSON: is this Envoy's admin listener?", base)
	}
	// COMMIT/VERSION/TREE/BUILD/TLS
	if parts := strings.Split(server.Version, "/"); len(parts) > 1 {
		live.Version = parts[1]
	}
	live.Node = server.Node.ID
	dump, _, err := ask(ctx, client, http.MethodGet, base+"/config_dump?include_eds", nil)
	if err != nil {
		return nil, err
	}
	p, err := ReadFile(base, dump)
	if err != nil {
		return nil, fmt.Errorf("%s/config_dump: %w", base, err)
	}
	p.Live = live
	if stats, _, err := ask(ctx, client, http.MethodGet, base+"/stats?filter="+url.QueryEscape(statsFilter), nil); err != nil {
		p.Unread = append(p.Unread, Unlooked{What: "statistics", Why: err.Error()})
	} else {
		live.Stats = statsOf(stats)
	}
	// Without a parameter it sets nothing, and lists what was set last; yet Envoy takes it as a POST alone.
	if logging, _, err := ask(ctx, client, http.MethodPost, base+"/logging", nil); err != nil {
		p.Unread = append(p.Unread, Unlooked{What: "log levels", Why: err.Error()})
	} else {
		live.LogLevels = levelsOf(logging)
	}
	return p, nil
}

// baseURL checks a URL that people gave and takes what must not be shown off it.
func baseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("is no URL: expected http://HOST:PORT") // it may hold a password
	}
	if u.User != nil {
		return "", errors.New("holds a user or a password, which are not used: expected http://HOST:PORT")
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimRight(u.String(), "/"), nil
}

// ask makes one request and reads a bounded answer of 200.
func ask(ctx context.Context, client *http.Client, method, address string, header http.Header) ([]byte, http.Header, error) {
	ctx, stop := context.WithTimeout(ctx, askWithin)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // all that is wanted was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, resp.Header, fmt.Errorf("%s %s: %w", method, address, err)
	case len(body) > maxAnswer:
		return nil, resp.Header, fmt.Errorf("%s %s: the answer is longer than %d bytes", method, address, maxAnswer)
	case resp.StatusCode != http.StatusOK:
		return nil, resp.Header, fmt.Errorf("%s %s: answered %s, expected 200", method, address, resp.Status)
	}
	return body, resp.Header, nil
}

// dateOf reads the Date header; zero when there is none.
func dateOf(h http.Header) time.Time {
	date, err := http.ParseTime(h.Get("date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// statsOf reads counters and gauges in Envoy's text.
func statsOf(body []byte) map[string]uint64 {
	stats := map[string]uint64{}
	for line := range strings.Lines(string(body)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if n, err := strconv.ParseUint(value, 10, 64); ok && err == nil {
			stats[name] = n
		}
	}
	return stats
}

// levelsOf reads the answer of /logging: a heading, then a line "  LOGGER: LEVEL" each.
func levelsOf(body []byte) map[string]string {
	levels := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(body)); s.Scan(); {
		if name, level, ok := strings.Cut(strings.TrimSpace(s.Text()), ": "); ok {
			levels[name] = level
		}
	}
	return levels
}
