package lease

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/routeiq/routeiq/sync/database"
)

// Mode is how a leader is found.
type Mode string

// The modes.
const (
	ByDatabase Mode = ""                // election on PostgreSQL, single on SQLite
	Single     Mode = "single"          // this process always leads; it takes the lease from whoever had it
	Election   Mode = "leader_election" // one of those that share a PostgreSQL leads
)

// Options say which lease and how. Only DB is needed.
type Options struct {
	DB     *database.DB
	Mode   Mode
	Name   string        // default config_sync
	Holder string        // unique among processes; default: of the host's name and chance
	Length time.Duration // default 30 s
	Renew  time.Duration // default a third of Length
	Log    *slog.Logger  // nil: slog.Default
}

const (
	defaultName   = "config_sync"
	defaultLength = 30 * time.Second
	renewals      = 3 // in one length
)

// OptionsFrom reads the environment, by the names of the replaced system:
//
//	LLMROUTER_HA_MODE                             single, leader_election, or empty: as the database allows
//	LLMROUTER_CONFIG_SYNC_LEASE_SECONDS           30
//	LLMROUTER_CONFIG_SYNC_RENEW_INTERVAL_SECONDS  10, less than half of the lease's
//	LLMROUTER_CONFIG_SYNC_LOCK_NAME               config_sync
func OptionsFrom(getenv func(name string) (string, bool)) (Options, error) {
	value := func(name string) string {
		v, _ := getenv(name)
		return strings.TrimSpace(v)
	}
	var errs []error
	seconds := func(name string) time.Duration {
		v := value(name)
		if v == "" {
			return 0
		}
		s, err := strconv.ParseFloat(v, 64)
		if err != nil || !(s >= 0.1 && s <= 86400) {
			errs = append(errs, fmt.Errorf("%s=%q: expected a number of seconds from 0.1 to 86400", name, v))
		}
		return time.Duration(s * float64(time.Second))
	}
	o := Options{
		Mode:   Mode(strings.ToLower(value("LLMROUTER_HA_MODE"))),
		Name:   value("LLMROUTER_CONFIG_SYNC_LOCK_NAME"),
		Length: seconds("LLMROUTER_CONFIG_SYNC_LEASE_SECONDS"),
		Renew:  seconds("LLMROUTER_CONFIG_SYNC_RENEW_INTERVAL_SECONDS"),
	}
	if o.Mode != ByDatabase && o.Mode != Single && o.Mode != Election {
		errs = append(errs, fmt.Errorf("LLMROUTER_HA_MODE=%q: expected %s or %s", o.Mode, Single, Election))
	}
	return o, errors.Join(errs...)
}

// filled returns the options with their defaults, or why they cannot be.
func (o Options) filled() (Options, error) {
	if o.Name == "" {
		o.Name = defaultName
	}
	if o.Length == 0 {
		o.Length = defaultLength
	}
	if o.Renew == 0 {
		o.Renew = o.Length / renewals
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Renew <= 0 || o.Length < 2*o.Renew {
		return o, fmt.Errorf("a lease of %s (LLMROUTER_CONFIG_SYNC_LEASE_SECONDS) renewed every %s (LLMROUTER_CONFIG_SYNC_RENEW_INTERVAL_SECONDS) "+
			"is lost by one renewal that fails; make it at least twice as long", o.Length, o.Renew)
	}
	if o.Mode == Election && o.DB.Dialect() != database.PostgreSQL {
		return o, fmt.Errorf("LLMROUTER_HA_MODE=%s needs a database that agents share, and this one's is %s; set DATABASE_URL=postgres://…", Election, o.DB)
	}
	var err error
	if o.Holder == "" {
		o.Holder, err = unique()
	}
	return o, err
}

func (o Options) single() bool {
	return o.Mode == Single || o.Mode == ByDatabase && o.DB.Dialect() == database.SQLite
}
