package shell

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// authorize compares a client's key with the configured ones in constant time. Any of the three headers may carry it.
func authorize(config *abi.Config, h *requestHeaders) *abi.Refusal {
	if len(config.ClientKeys) == 0 {
		return nil
	}
	given := false
	for _, key := range []string{bearer(h.authorization), h.xAPIKey, h.apiKey} {
		if key == "" {
			continue
		}
		given = true
		sum := sha256.Sum256([]byte(key))
		digest := hex.AppendEncode(make([]byte, 0, 2*sha256.Size), sum[:])
		match := 0
		for _, want := range config.ClientKeys {
			match |= subtle.ConstantTimeCompare(digest, []byte(want))
		}
		if match == 1 {
			return nil
		}
	}
	msg := "Incorrect API key provided."
	if !given {
		msg = "You didn't provide an API key. Send it as \"Authorization: Bearer KEY\", \"x-api-key: KEY\" or \"api-key: KEY\"."
	}
	return &abi.Refusal{Status: 401, Code: "invalid_api_key", Message: msg}
}

func bearer(authorization string) string {
	if len(authorization) > 7 && strings.EqualFold(authorization[:7], "bearer ") {
		return strings.TrimSpace(authorization[7:])
	}
	return ""
}
