// Package update is what an agent and the hosts that follow it say to each other, as JSON over HTTP:
//
//	GET  /v1/update?node=ID&have=TAG&wait=30s   200 an Update; 304 nothing else than TAG was published within the wait
//	POST /v1/update/result                      204; a Result: what became of an update at the host
//	POST /v1/report                             204; an abi.Report: what the host's module says of itself
//
// Each request carries "authorization: Bearer TOKEN", or comes over a connection with a client's certificate. An update holds
// providers' keys, so none of it belongs on a network in clear text.
package update

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// Version is the version of the messages in this package that this build writes and reads.
//
//	1  2026-11-25  the first
//	2  2026-11-25  credentials of clusters
const Version = 2

// The paths, and the parameters of PathUpdate.
const (
	PathUpdate = "/v1/update"
	PathResult = "/v1/update/result"

	QueryNode = "node" // the host's node.id
	QueryHave = "have" // the Tag of the update that came last, taken or refused; empty: none
	QueryWait = "wait" // how long the answer may be held when there is nothing else, a Go duration; 0: not at all
)

// Bounds of both sides.
const (
	DefaultWait = 30 * time.Second
	MaxWait     = 5 * time.Minute
	MaxBytes    = 256 << 20 // of an Update; one of 10,000 deployments has about 8 MiB
	MaxNode     = 128       // bytes of a node's id
)

// Update is one revision, with all a host must know to run it. Its String, and every encoder but Encode, hide the secrets.
type Update struct {
	Revision    string
	Document    []byte // abi.Config as JSON, byte for byte what the agent published
	Clusters    []abi.Cluster
	Credentials []abi.Credential
	CORS        abi.CORS
}

// The shapes that travel. They are apart from abi's, because those never encode a secret.
type message struct {
	Version     int             `json:"version"`
	Tag         string          `json:"tag"`
	Revision    string          `json:"revision"`
	Clusters    []cluster       `json:"clusters"`
	Credentials []credential    `json:"credentials"`
	CORS        pages           `json:"cors"`
	Document    json.RawMessage `json:"document"`
}

type pages struct {
	Origins     []string `json:"origins,omitempty"`
	Credentials bool     `json:"credentials,omitempty"`
}

type cluster struct {
	Name             string `json:"name"`
	Scheme           string `json:"scheme"`
	Host             string `json:"host"`
	Port             int    `json:"port"`
	InsecureTLS      bool   `json:"insecure_tls,omitempty"`
	ConnectTimeoutMS int    `json:"connect_timeout_ms,omitempty"`
	Own              bool   `json:"own,omitempty"`
	Credential       string `json:"credential,omitempty"`
}

type credential struct {
	Name  string `json:"name"`
	Parts []part `json:"parts"`
}

type part struct {
	Header string `json:"header"`
	Prefix string `json:"prefix,omitempty"`
	Env    string `json:"env,omitempty"`   // the agent's variable, so that a complaint can name it
	Secret secret `json:"value,omitempty"` // empty: it is not set where the agent runs
}

// secret encodes as it is, and prints as nothing.
type secret string

// String hides the value.
func (secret) String() string { return "[redacted]" }

// GoString hides the value from %#v.
func (secret) GoString() string { return "[redacted]" }

// String names the update and shows none of it.
func (u Update) String() string { return "update " + u.Revision }

// Encode writes the message and its tag.
func (u *Update) Encode() (text []byte, tag string, err error) {
	if !json.Valid(u.Document) {
		return nil, "", fmt.Errorf("update %s: its document is no JSON", u.Revision)
	}
	m := u.message()
	if m.Tag, err = m.sum(); err != nil {
		return nil, "", err
	}
	document := m.Document
	m.Document = nil // the encoder would go through all of it once more, and may change its bytes
	head, err := json.Marshal(m)
	if err != nil {
		return nil, "", fmt.Errorf("update %s: %w", u.Revision, err)
	}
	text = make([]byte, 0, len(head)+len(document))
	text = append(append(append(text, bytes.TrimSuffix(head, []byte("null}"))...), document...), '}')
	return text, m.Tag, nil
}

// Decode reads a message. It refuses another version with both numbers, members it does not know, and content that is not
// the tag's. No error shows a secret.
func Decode(text []byte) (u *Update, tag string, err error) {
	var versioned struct{ Version int }
	if err := json.Unmarshal(text, &versioned); err != nil {
		return nil, "", fmt.Errorf("the update is no whole JSON object: %w", err)
	}
	if versioned.Version != Version {
		return nil, "", fmt.Errorf("the update has version %d, this build reads version %d: use an agent and a host of the same release", versioned.Version, Version)
	}
	var m message
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, "", fmt.Errorf("the update: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, "", errors.New("the update: there is more after its end")
	}
	if m.Revision == "" || len(m.Document) == 0 {
		return nil, "", errors.New("the update: expected a revision and a document")
	}
	want, err := m.sum()
	if err != nil {
		return nil, "", err
	}
	if m.Tag != want {
		return nil, "", fmt.Errorf("the update's tag is %q, but its content has %q: it was changed or cut on the way", m.Tag, want)
	}
	return m.update(), m.Tag, nil
}

// sum is the message's tag: the revision, and what tells apart two updates of one revision, because a revision does not
// change when only the value of a key does. It is too short to try keys with.
func (m *message) sum() (string, error) {
	rest, err := json.Marshal(struct {
		Clusters    []cluster
		Credentials []credential
		CORS        pages
	}{m.Clusters, m.Credentials, m.CORS})
	if err != nil {
		return "", fmt.Errorf("update %s: %w", m.Revision, err)
	}
	h := sha256.New()
	for _, piece := range [][]byte{[]byte(m.Revision), m.Document, rest} {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(piece)))) // a hash never fails to write
		_, _ = h.Write(piece)
	}
	return m.Revision + "-" + hex.EncodeToString(h.Sum(nil))[:12], nil
}

// message always has lists, never null, so that equal updates have equal tags.
func (u *Update) message() *message {
	m := &message{Version: Version, Revision: u.Revision, Document: u.Document, Clusters: []cluster{}, Credentials: []credential{}, CORS: pages(u.CORS)}
	for _, c := range u.Clusters {
		m.Clusters = append(m.Clusters, cluster(c))
	}
	for _, c := range u.Credentials {
		parts := []part{}
		for _, p := range c.Parts {
			parts = append(parts, part{Header: p.Header, Prefix: p.Prefix, Env: p.Secret.Env, Secret: secret(p.Secret.Value)})
		}
		m.Credentials = append(m.Credentials, credential{Name: c.Name, Parts: parts})
	}
	return m
}

func (m *message) update() *Update {
	u := &Update{Revision: m.Revision, Document: m.Document, CORS: abi.CORS(m.CORS)}
	for _, c := range m.Clusters {
		u.Clusters = append(u.Clusters, abi.Cluster(c))
	}
	for _, c := range m.Credentials {
		made := abi.Credential{Name: c.Name}
		for _, p := range c.Parts {
			made.Parts = append(made.Parts, abi.CredentialPart{
				Header: p.Header, Prefix: p.Prefix, Secret: abi.Secret{Env: p.Env, Value: string(p.Secret)},
			})
		}
		u.Credentials = append(u.Credentials, made)
	}
	return u
}
