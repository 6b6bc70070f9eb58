package abi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestSecretNeverPrints: neither a format verb nor an encoder shows a secret.
func TestSecretNeverPrints(t *testing.T) {
	planted := "sk-planted-7f3a"
	c := Credential{Name: "c", Parts: []CredentialPart{{Header: "authorization", Secret: Secret{Env: "KEY", Value: planted}}, {Secret: Secret{Value: planted}}}}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.Parts[0].Secret, c.Parts[0].Secret), string(text)} {
		if strings.Contains(out, planted) {
			t.Errorf("the secret is in %s", out)
		}
	}
}
