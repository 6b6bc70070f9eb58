package bundle

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gowebpki/jcs"
)

// Ed25519 is the only type of signature there is.
const Ed25519 = "ed25519"

// Keys are those who may sign, by name.
type Keys map[string]ed25519.PublicKey

// Policy says which artifacts are taken.
type Policy struct {
	RequireSignature bool
	Keys             Keys
}

// ParseKey reads a public key: 32 bytes in base64.
func ParseKey(text string) (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("expected the %d bytes of an Ed25519 public key in base64", ed25519.PublicKeySize)
	}
	return key, nil
}

// Sign returns a manifest with a signature under a key's name, in place of the one it has.
func Sign(manifest []byte, name string, key ed25519.PrivateKey) ([]byte, error) {
	rest, _, err := split(manifest)
	if err != nil {
		return nil, err
	}
	message, err := canonical(rest)
	if err != nil {
		return nil, err
	}
	value := base64.StdEncoding.EncodeToString(ed25519.Sign(key, message))
	if rest["signature"], err = json.Marshal(signature{Type: Ed25519, Key: name, Value: value}); err != nil {
		return nil, err
	}
	return json.MarshalIndent(rest, "", "  ")
}

// canonical is what is signed: the manifest without its signature, in canonical JSON (RFC 8785).
func canonical(rest map[string]json.RawMessage) ([]byte, error) {
	text, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(text)
}

// verify returns the name of the key that signed a manifest; empty where nobody did and nobody must.
func (p Policy) verify(manifest []byte) (string, error) {
	rest, s, err := split(manifest)
	if err != nil {
		return "", err
	}
	if s == nil {
		if p.RequireSignature {
			return "", errors.New("signature: is missing, and require_signature is set: sign it with one of the configured keys")
		}
		return "", nil
	}
	if s.Type != Ed25519 {
		return "", fmt.Errorf("signature.type: is %q, expected %s", s.Type, Ed25519)
	}
	key, known := p.Keys[s.Key]
	if !known {
		if !p.RequireSignature && len(p.Keys) == 0 {
			return "", nil // nobody said whom to trust, nor that somebody must be
		}
		return "", fmt.Errorf("signature.key: is %q, expected one of the configured keys: %s", s.Key, strings.Join(slices.Sorted(maps.Keys(p.Keys)), ", "))
	}
	value, err := base64.StdEncoding.DecodeString(s.Value)
	if err != nil {
		return "", errors.New("signature.value: is no base64")
	}
	message, err := canonical(rest)
	if err != nil {
		return "", err
	}
	if !ed25519.Verify(key, message, value) {
		return "", fmt.Errorf("signature.value: is not what the key %s signs: the manifest was changed, or signed with another key", s.Key)
	}
	return s.Key, nil
}
