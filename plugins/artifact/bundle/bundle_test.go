package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// files is a file system of a test.
type files map[string][]byte

func (f files) read(name string) ([]byte, error) {
	if text, ok := f[name]; ok {
		return text, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// member is one of a tar.
type member struct {
	name string
	body []byte
	kind byte
}

func tarOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if m.kind == 0 {
			m.kind = tar.TypeReg
		}
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.body)), Mode: 0o644, Typeflag: m.kind}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOpen: a folder, a URL that is one, a tar and a tar with a folder in it are the same artifact.
func TestOpen(t *testing.T) {
	manifest, tensors := artifacttest.Example("linear", "e", 4)
	all := files{
		"knn/manifest.json": manifest, "knn/model.safetensors": tensors,
		"s3://b/knn/manifest.json": manifest, "s3://b/knn/model.safetensors": tensors,
		"a.tar": tarOf(t, member{name: "manifest.json", body: manifest}, member{name: "model.safetensors", body: tensors}),
		"b.tar": tarOf(t, member{name: "knn/", kind: tar.TypeDir}, member{name: "knn/model.safetensors", body: tensors}, member{name: "knn/manifest.json", body: manifest}),
	}
	digest := ""
	for _, name := range []string{"knn", "s3://b/knn", "s3://b/knn/", "a.tar", "b.tar"} {
		a, err := Open(name, all.read, Policy{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if digest == "" {
			digest = a.Document.Digest
		}
		bytes, err := a.Document.Tensors()
		if err != nil || string(bytes) != string(tensors) || a.Document.Digest != digest || len(digest) != 64 || a.Document.Manifest != string(manifest) {
			t.Errorf("%s: %v, digest %s", name, err, a.Document.Digest)
		}
	}
}

func TestParts(t *testing.T) {
	for name, want := range map[string]string{
		"m.tar": "m.tar", "m": "m/manifest.json m/model.safetensors", "m/": "m/manifest.json m/model.safetensors",
		"https://h/m.tar?X-Sig=a/b": "https://h/m.tar?X-Sig=a/b", "https://h/m?x=1": "https://h/m/manifest.json?x=1 https://h/m/model.safetensors?x=1",
		"odd?name.tar": "odd?name.tar",
	} {
		if got := strings.Join(Parts(name), " "); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestOpenRefuses: what was cut, changed, swapped or made to harm, each with its reason.
func TestOpenRefuses(t *testing.T) {
	manifest, tensors := artifacttest.Example("linear", "e", 4)
	other, _ := artifacttest.Example("knn", "e", 4)
	flipped := bytes.Clone(tensors)
	flipped[len(flipped)-1] ^= 1
	nan := bytes.Clone(tensors)
	copy(nan[len(nan)-4:], []byte{0, 0, 0xc0, 0x7f})
	rewritten := func(of []byte, change func(m map[string]any)) []byte { // a manifest whose hashes are right
		var m map[string]any
		if err := json.Unmarshal(manifest, &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "format")
		delete(m, "version")
		delete(m, "files")
		change(m)
		return artifacttest.Write(m, of)
	}
	none := func(map[string]any) {}
	whole := tarOf(t, member{name: "manifest.json", body: manifest}, member{name: "model.safetensors", body: tensors})
	for name, c := range map[string]struct {
		manifest, tensors, tar []byte
		says                   string
	}{
		"nothing there":      {says: "manifest.json: file does not exist"},
		"no manifest":        {manifest: []byte("{"), tensors: tensors, says: "manifest.json: "},
		"cut":                {manifest: manifest, tensors: tensors[:len(tensors)-8], says: "it was cut or changed"},
		"one bit":            {manifest: manifest, tensors: flipped, says: "it was changed"},
		"another's manifest": {manifest: other, tensors: tensors, says: "it was c"},
		"NaN":                {manifest: rewritten(nan, none), tensors: nan, says: "NaN or infinite"},
		"another dimension": {manifest: rewritten(tensors, func(m map[string]any) {
			m["encoder"] = map[string]any{"id": "e", "dimension": 5, "normalize": false}
		}), tensors: tensors, says: "weight"},
		"too many labels": {manifest: rewritten(tensors, func(m map[string]any) { m["labels"] = []string{"a", "b", "c", "d"} }), tensors: tensors, says: "weight"},
		"huge head":       {manifest: rewritten([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), none), tensors: []byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), says: "model.safetensors: "},
		"unsigned type":   {manifest: rewritten(tensors, func(m map[string]any) { m["signature"] = map[string]any{"type": "rsa", "key": "k", "value": "eA=="} }), tensors: tensors, says: `signature.type: is "rsa", expected ed25519`},
		"no tar":          {tar: []byte("no tar"), says: "is no whole tar"},
		"tar cut":         {tar: whole[:700], says: ""},
		"tar with more":   {tar: tarOf(t, member{name: "manifest.json", body: manifest}, member{name: "run.sh", body: nil}), says: `the tar has "run.sh"`},
		"tar with a link": {tar: tarOf(t, member{name: "manifest.json", kind: tar.TypeSymlink}), says: `the tar has "manifest.json"`},
		"tar with two":    {tar: tarOf(t, member{name: "manifest.json", body: manifest}, member{name: "x/manifest.json", body: manifest}), says: "the tar has manifest.json twice"},
		"tar without":     {tar: tarOf(t, member{name: "manifest.json", body: manifest}), says: "the tar has no model.safetensors"},
	} {
		all, path := files{}, "m"
		if c.tar != nil {
			all["m.tar"], path = c.tar, "m.tar"
		}
		if c.manifest != nil {
			all["m/manifest.json"], all["m/model.safetensors"] = c.manifest, c.tensors
		}
		if a, err := Open(path, all.read, Policy{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v, expected %q", name, a, err, c.says)
		}
	}
}

// TestPolicy: who must sign, and what a signature is of.
func TestPolicy(t *testing.T) {
	manifest, tensors := artifacttest.Example("linear", "e", 4)
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	another, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Sign(manifest, "release", key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Sign(signed, "release", key)
	if err != nil || !bytes.Equal(again, signed) {
		t.Errorf("signing again: %v", err)
	}
	reformatted := func(text []byte) []byte { // the same content, other bytes
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	trust := Keys{"release": public}
	for name, c := range map[string]struct {
		manifest []byte
		policy   Policy
		by, says string
	}{
		"nobody asks":               {manifest, Policy{}, "", ""},
		"must be, and is not":       {manifest, Policy{RequireSignature: true, Keys: trust}, "", "signature: is missing"},
		"is":                        {signed, Policy{RequireSignature: true, Keys: trust}, "release", ""},
		"is, written otherwise":     {reformatted(signed), Policy{RequireSignature: true, Keys: trust}, "release", ""},
		"is, and need not":          {signed, Policy{Keys: trust}, "release", ""},
		"by nobody that is known":   {signed, Policy{}, "", ""},
		"by another":                {signed, Policy{Keys: Keys{"release": another}}, "", "was changed, or signed with another key"},
		"a key that is not trusted": {signed, Policy{Keys: Keys{"other": public}}, "", `is "release", expected one of the configured keys: other`},
		"a label changed":           {bytes.Replace(signed, []byte(`"a"`), []byte(`"z"`), 1), Policy{Keys: trust}, "", "was changed"},
		"a hash changed":            {bytes.Replace(signed, []byte(`"sha256": "`), []byte(`"sha256": "0`), 1), Policy{Keys: trust}, "", ""},
		"no base64":                 {bytes.Replace(signed, []byte(`"value": "`), []byte(`"value": "*`), 1), Policy{Keys: trust}, "", "no base64"},
	} {
		by, err := c.policy.verify(c.manifest)
		if name == "a hash changed" {
			if err == nil {
				t.Errorf("%s: taken", name)
			}
			continue
		}
		if by != c.by || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v, expected %q", name, by, err, c.says)
		}
	}
	all := files{"m/manifest.json": signed, "m/model.safetensors": tensors}
	if a, err := Open("m", all.read, Policy{RequireSignature: true, Keys: trust}); err != nil || a.Signed != "release" {
		t.Errorf("%v, %v", a, err)
	}
	if got, err := ParseKey(base64.StdEncoding.EncodeToString(public)); err != nil || !got.Equal(public) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "short", base64.StdEncoding.EncodeToString(key)} {
		if _, err := ParseKey(text); err == nil || strings.Contains(err.Error(), text) && text != "" {
			t.Errorf("%q is a key: %v", text, err)
		}
	}
}

// FuzzUntar: no bytes break the reader.
func FuzzUntar(f *testing.F) {
	f.Add([]byte("no tar"))
	f.Fuzz(func(t *testing.T, text []byte) {
		files, err := untar(text)
		if (err == nil) != (len(files) == 2) {
			t.Errorf("%d files, %v", len(files), err)
		}
	})
}
