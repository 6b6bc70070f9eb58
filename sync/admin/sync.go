package admin

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// bucket is an object that is a source.
type bucket struct {
	Enabled bool    `json:"enabled"`
	Bucket  string  `json:"bucket"`
	Key     string  `json:"key"`
	ETag    *string `json:"last_etag,omitempty"` // or generation
}

// election is how agents agree on who fetches.
type election struct {
	Enabled    bool       `json:"enabled"`
	Leads      bool       `json:"is_leader"`
	Holder     string     `json:"holder_id"`
	Leader     *string    `json:"leader_id"`
	Name       string     `json:"lock_name"`
	Length     float64    `json:"lease_seconds"`
	Renew      float64    `json:"renew_interval_seconds"`
	Expires    *time.Time `json:"lease_expires_at"`
	Generation uint64     `json:"generation"`
	Failures   int        `json:"consecutive_renewal_failures"`
	Error      *string    `json:"last_renewal_error"`
}

// sync has the names of the replaced system, where they mean something here.
func (s *Server) sync(w http.ResponseWriter, _ *request) {
	status, l := s.o.Agent.Status(), s.o.Lease()
	out := struct {
		Enabled   bool     `json:"enabled"`
		HotReload bool     `json:"hot_reload_enabled"`
		Rollback  bool     `json:"rollback_enabled"`
		Interval  int      `json:"sync_interval_seconds"`
		Sources   []string `json:"sources"` // in their order; each lies over those before it
		S3        *bucket  `json:"s3"`
		GCS       *bucket  `json:"gcs"`
		Local     *string  `json:"local_config_path"`
		Hash      *string  `json:"local_config_hash"` // of what is active, whatever its source
		Reloads   int      `json:"reload_count"`      // publications since the start
		Last      *float64 `json:"last_sync_time"`    // Unix time
		Running   bool     `json:"running"`
		Mode      string   `json:"ha_mode"`
		Election  election `json:"leader_election"`
	}{
		Enabled: status.Sync, HotReload: status.HotReload, Rollback: status.Rollback, Interval: int(status.Interval / time.Second),
		Sources: []string{}, Reloads: status.Swaps, Running: status.Leads && status.Sync, Mode: s.o.Mode,
		Election: election{
			s.o.Mode == "leader_election", l.Held, l.Holder, word(l.Leader), l.Name, l.Length.Seconds(), l.Renew.Seconds(), when(l.ExpiresAt),
			l.Generation, l.Failures, word(l.LastError),
		},
	}
	if a := status.Active; a != nil {
		out.Hash = word("sha256:" + a.Hash)
	}
	if !status.Success.IsZero() {
		last := float64(status.Success.UnixMilli()) / 1000
		out.Last = &last
	}
	if status.Source != "" {
		out.Sources = strings.Split(status.Source, " + ") // as layers are named
	}
	for _, text := range out.Sources {
		u, err := url.Parse(text)
		if err != nil {
			out.Local = word(text)
			continue
		}
		b := &bucket{Enabled: status.Sync, Bucket: u.Host, Key: strings.TrimPrefix(u.Path, "/")}
		if len(out.Sources) == 1 {
			b.ETag = word(status.Validator)
		}
		switch u.Scheme {
		case "s3":
			out.S3 = b
		case "gs":
			out.GCS = b
		case "file", "":
			out.Local = word(u.Path + u.Opaque)
		}
	}
	s.answer(w, http.StatusOK, out)
}
