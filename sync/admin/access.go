package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/sync/audit"
)

// Access is who may use an endpoint.
type Access string

// The classes. There is no default: an endpoint without one is refused at start.
const (
	Public Access = "public" // everybody
	User   Access = "user"   // whoever has a client key of the active configuration, and administrators
	Admin  Access = "admin"  // whoever has an administrator's key
)

// The variables that say who administrators are.
const (
	keysVariable       = "ADMIN_API_KEYS"
	keyVariable        = "ADMIN_API_KEY"
	prefixVariable     = "ROUTEIQ_KEY_PREFIX"
	enabledVariable    = "ADMIN_AUTH_ENABLED"
	deploymentVariable = "ROUTEIQ_ENV"

	defaultPrefix = "sk-riq-"
	adminHeader   = "X-Admin-API-Key"
)

// Keys are administrators' keys. They never print.
type Keys struct {
	sums   [][sha256.Size]byte // of the keys without their prefix
	prefix string
	open   bool // nobody is asked for one
	barred bool // open was asked for where it must not be
}

// KeysFrom reads the administrators' keys of the environment: ADMIN_API_KEYS, with commas between them, and ADMIN_API_KEY. A key
// may be written with ROUTEIQ_KEY_PREFIX (sk-riq-) or without, here and in a request. ADMIN_AUTH_ENABLED=false asks nobody for
// a key, but where ROUTEIQ_ENV is production.
func KeysFrom(getenv func(name string) (string, bool)) (Keys, error) {
	k := Keys{prefix: defaultPrefix}
	if prefix, ok := getenv(prefixVariable); ok && prefix != "" {
		k.prefix = prefix
	}
	for _, name := range []string{keysVariable, keyVariable} {
		text, _ := getenv(name)
		for key := range strings.SplitSeq(text, ",") {
			if key = strings.TrimSpace(key); key == "" {
				continue
			}
			if key == k.prefix {
				return Keys{}, fmt.Errorf("%s has a key that is %s alone: expected something behind it", name, prefixVariable)
			}
			if sum := k.sum(key); !slices.Contains(k.sums, sum) {
				k.sums = append(k.sums, sum)
			}
		}
	}
	enabled, _ := getenv(enabledVariable)
	switch strings.ToLower(strings.TrimSpace(enabled)) {
	case "", "true", "1", "yes", "on":
	case "false", "0", "no", "off":
		where, _ := getenv(deploymentVariable)
		k.barred = strings.EqualFold(strings.TrimSpace(where), "production")
		k.open = !k.barred
	default:
		return Keys{}, fmt.Errorf("%s is %q, expected true or false", enabledVariable, enabled)
	}
	return k, nil
}

// sum is a key without its prefix, as it is kept and compared.
func (k *Keys) sum(key string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.TrimPrefix(key, k.prefix)))
}

// has tells whether a key is one of an administrator. All are looked at, and hashes are compared, so that the time tells nothing.
func (k *Keys) has(key string) bool {
	sum, found := k.sum(key), 0
	for i := range k.sums {
		found |= subtle.ConstantTimeCompare(sum[:], k.sums[i][:])
	}
	return found == 1
}

// String hides the keys.
func (k Keys) String() string { return fmt.Sprintf("%d keys", len(k.sums)) }

// GoString hides them from %#v.
func (k Keys) GoString() string { return k.String() }

// admitted tells whether a request may use an endpoint, and who it is; problem is nil then.
func (s *Server) admitted(r *http.Request, access Access) (audit.Actor, *problem) {
	if access == Public {
		return audit.Public, nil
	}
	key := shown(r)
	isAdmin := key != "" && s.o.Keys.has(key)
	if access == User {
		if isAdmin {
			return audit.Fingerprint(key), nil
		}
		return s.user(key)
	}
	switch k := s.o.Keys; {
	case k.barred:
		return "", refuse(http.StatusForbidden, "admin_auth_disabled_in_production",
			enabledVariable+" is false and "+deploymentVariable+" is production: set a key in "+keysVariable+" and take "+enabledVariable+" out")
	case k.open:
		return audit.Public, nil
	case len(k.sums) == 0:
		return "", refuse(http.StatusForbidden, "control_plane_not_configured", "no administrator's key is configured: set "+keysVariable+" where the agent runs")
	case key == "":
		return "", refuse(http.StatusUnauthorized, "admin_key_required", "expected an administrator's key in "+adminHeader+" or as a bearer token")
	case !isAdmin:
		return "", refuse(http.StatusUnauthorized, "invalid_admin_key", "the key is not an administrator's")
	}
	return audit.Fingerprint(key), nil
}

// user lets in who has a client key. Where the configuration asks clients for none, everybody is a client.
func (s *Server) user(key string) (audit.Actor, *problem) {
	active := s.o.Agent.Status().Active
	switch {
	case active == nil:
		return "", refuse(http.StatusServiceUnavailable, "no_configuration", "no configuration is active yet, so nobody's key is known")
	case len(active.Config.ClientKeys) == 0:
		return audit.Public, nil
	case key == "":
		return "", refuse(http.StatusUnauthorized, "key_required", "expected a client's key, or an administrator's, as a bearer token")
	}
	sum := sha256.Sum256([]byte(key))
	given, found := hex.EncodeToString(sum[:]), 0
	for _, known := range active.Config.ClientKeys {
		found |= subtle.ConstantTimeCompare([]byte(given), []byte(known))
	}
	if found == 0 {
		return "", refuse(http.StatusUnauthorized, "invalid_key", "the key is not one of this configuration")
	}
	return audit.Fingerprint(key), nil
}

// shown is the key of a request: the header wins over the bearer token.
func shown(r *http.Request) string {
	if key := strings.TrimSpace(r.Header.Get(adminHeader)); key != "" {
		return key
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return ""
}
