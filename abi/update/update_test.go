package update

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

const planted = "sk-planted-5d1e"

func sample() *Update {
	return &Update{
		Revision: "0123456789ab", Document: []byte(`{"version":3, "text":"a < b & \u00e9"}`),
		Clusters: []abi.Cluster{
			{Name: "routeiq_a", Scheme: "https", Host: "api.openai.test", Port: 443, InsecureTLS: true, ConnectTimeoutMS: 2000},
			{Name: "routeiq_b", Scheme: "http", Host: "::1", Port: 80},
		},
		Credentials: []abi.Credential{
			{Name: "a", Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Env: "KEY", Value: planted}}, {Header: "x-b", Secret: abi.Secret{Value: planted + "2"}}}},
			{Name: "b", Parts: []abi.CredentialPart{{Header: "api-key", Secret: abi.Secret{Env: "UNSET"}}}},
		},
	}
}

// TestRoundTrip: what is decoded is what was encoded, secrets and the document's very bytes included.
func TestRoundTrip(t *testing.T) {
	for _, u := range []*Update{sample(), {Revision: "r", Document: []byte(`{}`)}} {
		text, tag, err := u.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, again, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, u) || again != tag || !strings.HasPrefix(tag, u.Revision+"-") {
			t.Errorf("tag %q %q\n%+v\n%+v", tag, again, got, u)
		}
	}
}

// TestEveryFieldTravels: a field that abi gets later must not be forgotten here.
func TestEveryFieldTravels(t *testing.T) {
	for _, pair := range [][2]any{{abi.Cluster{}, cluster{}}, {abi.Credential{}, credential{}}, {abi.CredentialPart{}, part{}}} {
		have, want := reflect.TypeOf(pair[1]).NumField(), reflect.TypeOf(pair[0]).NumField()
		if have < want {
			t.Errorf("%T has %d fields, %T has %d", pair[0], want, pair[1], have)
		}
	}
}

// TestTag: it is another one for any other content, also where the revision is the same.
func TestTag(t *testing.T) {
	_, first, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Update){
		"key":      func(u *Update) { u.Credentials[0].Parts[0].Secret.Value = "sk-rotated" },
		"cluster":  func(u *Update) { u.Clusters[0].Port++ },
		"document": func(u *Update) { u.Document = []byte(`{}`) },
		"revision": func(u *Update) { u.Revision = "ba9876543210" },
	} {
		u := sample()
		change(u)
		_, tag, err := u.Encode()
		if err != nil || tag == first {
			t.Errorf("%s: %q %v", name, tag, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	text, _, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	whole := string(text)
	for name, c := range map[string]struct{ text, says string }{
		"half":           {whole[:len(whole)/2], "no whole JSON"},
		"nothing":        {"", "no whole JSON"},
		"another":        {strings.Replace(whole, `"version":2`, `"version":3`, 1), "version 3, this build reads version 2"},
		"no version":     {`{}`, "version 0"},
		"unknown member": {strings.Replace(whole, `"tag"`, `"extra":1,"tag"`, 1), `"extra"`},
		"more behind":    {whole + "{}", "no whole JSON"},
		"changed":        {strings.Replace(whole, "api.openai.test", "evil.test", 1), "changed or cut"},
		"changed key":    {strings.Replace(whole, planted, "sk-other", 1), "changed or cut"},
		"empty":          {`{"version":2}`, "expected a revision"},
		"wrong type":     {strings.Replace(whole, `"port":443`, `"port":"443"`, 1), "port"},
	} {
		u, _, err := Decode([]byte(c.text))
		if err == nil || u != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), planted) {
			t.Errorf("%s: the error shows a key: %v", name, err)
		}
	}
	bad := sample()
	bad.Document = []byte(`{"a":`)
	if _, _, err := bad.Encode(); err == nil {
		t.Error("half a document was encoded")
	}
}

// TestNeverPrints: Encode alone shows secrets.
func TestNeverPrints(t *testing.T) {
	u := sample()
	text, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	m := u.message()
	for _, out := range []string{
		string(text), fmt.Sprint(u), fmt.Sprintf("%v %+v %#v %s", *u, *u, *u, u), fmt.Sprintf("%v %+v %#v %q", m, m.Credentials, m.Credentials, m.Credentials[0].Parts[0].Secret),
	} {
		if strings.Contains(out, planted) {
			t.Errorf("a secret is in %s", out)
		}
	}
}

func TestReasons(t *testing.T) {
	r := Refused("n", "r", "first\nsecond\x1b[31m\x00"+strings.Repeat("é", MaxReason))
	if r.Taken || len(r.Reason) > MaxReason || !strings.HasPrefix(r.Reason, "first\nsecond[31mé") || !strings.HasSuffix(r.Reason, "é…") {
		t.Errorf("%d bytes: %.40q", len(r.Reason), r.Reason)
	}
	if got := Cut("bad \xff byte"); got != "bad  byte" {
		t.Errorf("%q", got)
	}
}

func TestValidNode(t *testing.T) {
	for id, want := range map[string]bool{
		"": false, "host-1.example": true, "a b": false, "a\n": false, "é": false, strings.Repeat("x", MaxNode): true, strings.Repeat("x", MaxNode+1): false, "pod/1": true,
	} {
		if ValidNode(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	text, _, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":2,"revision":"r","document":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		u, tag, err := Decode(text)
		if err != nil {
			return
		}
		again, same, err := u.Encode()
		if err != nil || same != tag {
			t.Fatalf("%q %q %v", same, tag, err)
		}
		if _, _, err := Decode(again); err != nil {
			t.Fatal(err)
		}
	})
}
