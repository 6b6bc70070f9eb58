package diff

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// shown is a value as it may be shown.
type shown struct {
	value  any
	secret string // only that it changed may be told; what it is called then
}

const credentialPath = "credential_value"

// showCompiled hides credentials, and the values of headers that people write, which are keys more often than they should be.
func showCompiled(path string, v any) shown {
	switch {
	case path == credentialPath:
		return shown{secret: "credential"}
	case strings.HasPrefix(path, "headers[") && strings.HasSuffix(path, ".value"):
		return shown{secret: "value"}
	}
	return shown{value: tamed(v)}
}

// showSetting hides client keys: their hashes are of no use to people, and of some to those who guess.
func showSetting(path string, v any) shown {
	if _, ok := v.(hidden); ok {
		return shown{secret: "value"}
	}
	if path == "client_keys" {
		return shown{secret: "client keys"}
	}
	return shown{value: tamed(v)}
}

// words in the name of a key that make its value one that is not shown.
var secretWords = []string{"key", "secret", "token", "password", "credential", "auth", "header", "signature", "environment_variables", "database_url"}

// open are names that hold such a word and no secret.
var open = []string{"max_tokens", "input_cost_per_token", "output_cost_per_token", "max_input_tokens", "max_output_tokens"}

// showWritten hides what a key's name says may be a secret. The name of a variable is none.
func showWritten(path string, v any) shown {
	if text, ok := v.(string); ok && strings.HasPrefix(text, "os.environ/") {
		return shown{value: text}
	}
	for name := range strings.SplitSeq(strings.ToLower(path), ".") {
		if slices.Contains(open, name) {
			continue
		}
		for _, word := range secretWords {
			if strings.Contains(name, word) {
				return shown{secret: "value"}
			}
		}
	}
	return shown{value: tamed(v)}
}

// maxShown bounds a text that is shown, in bytes.
const maxShown = 200

// tamed cuts long texts, and takes user, password and parameters out of what looks like a URL or a path with a query.
func tamed(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "://") || strings.HasPrefix(v, "/") && strings.Contains(v, "?") {
			v = bare(v)
		}
		if len(v) > maxShown {
			cut := maxShown
			for !utf8.RuneStart(v[cut]) {
				cut--
			}
			return v[:cut] + "…"
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = tamed(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name := range v {
			out[name] = tamed(v[name])
		}
		return out
	}
	return v
}

// bare takes out of a URL what may be secret. The version of an API is none.
func bare(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "[an address that cannot be read]"
	}
	u.User, u.Fragment = nil, ""
	query := u.Query()
	for name := range query {
		if name != "api-version" {
			query.Set(name, "redacted")
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}
