package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

func TestSessionKey(t *testing.T) {
	for _, c := range []struct{ system, user, want string }{
		{"", "hi", "d1f5a03bedb37b32"}, // of the Python RouteIQ's tests
		{"", "", plainKey("sys:|usr:")},
		{"Be brief.", "hi", plainKey("sys:Be brief.|usr:hi")},
		{strings.Repeat("s", 200), strings.Repeat("u", 200), plainKey("sys:" + strings.Repeat("s", 200) + "|usr:" + strings.Repeat("u", 200))},
		{strings.Repeat("s", 201), strings.Repeat("u", 999), plainKey("sys:" + strings.Repeat("s", 200) + "|usr:" + strings.Repeat("u", 200))},
		{strings.Repeat("é", 201), strings.Repeat("🤔", 201), plainKey("sys:" + strings.Repeat("é", 200) + "|usr:" + strings.Repeat("🤔", 200))},
		{strings.Repeat("\xff", 201), "", plainKey("sys:" + strings.Repeat("\xff", 200) + "|usr:")},
	} {
		if got := SessionKey(c.system, c.user); got != c.want {
			t.Errorf("SessionKey(%.20q, %.20q) = %s, want %s", c.system, c.user, got, c.want)
		}
	}
}

func plainKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:16]
}
