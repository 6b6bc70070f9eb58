package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// verb runs the command and returns its exit and what it wrote.
func verb(args ...string) (code int, out, complaint string) {
	var o, e bytes.Buffer
	p := &process{in: strings.NewReader(""), out: &o, err: &e, getenv: func(string) (string, bool) { return "", false }}
	code = p.run(args)
	return code, o.String(), e.String()
}

// placeExample puts the example of a kind into a folder.
func placeExample(t *testing.T, kind string) string {
	t.Helper()
	manifest, tensors := artifacttest.Example(kind, "e", 4)
	return placeArtifact(t, manifest, tensors)
}

func placeArtifact(t *testing.T, manifest, tensors []byte) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string][]byte{"manifest.json": manifest, "model.safetensors": tensors} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestArtifactSign: what was signed is taken with the key that is printed, and not after a label was changed, nor without the key.
func TestArtifactSign(t *testing.T) {
	folder := placeExample(t, "linear")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaint := verb("artifact", "sign", folder, "--key", file, "--name", "release")
	public := regexp.MustCompile(`keys: \{release: "(.*)"\}`).FindStringSubmatch(out)
	if code != 0 || public == nil {
		t.Fatalf("%d %s %s", code, out, complaint)
	}
	check := func(want int, says string, args ...string) {
		t.Helper()
		code, out, complaint := verb(append([]string{"artifact", "check", folder}, args...)...)
		if code != want || !strings.Contains(out+complaint, says) {
			t.Errorf("%v: %d %s%s, expected %q", args, code, out, complaint, says)
		}
	}
	trust := "release=" + public[1]
	check(0, "signed by release", "--require-signature", "--key", trust)
	check(0, "signed by nobody that is known here")
	check(1, `signature.key: is "release", expected one of the configured keys: other`, "--key", "other="+public[1])
	manifest := filepath.Join(folder, "manifest.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, bytes.Replace(text, []byte(`"a"`), []byte(`"z"`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	check(1, "the manifest was changed, or signed with another key", "--require-signature", "--key", trust)
	check(2, "--key", "--key", "nonsense")
}

func TestArtifactCalibrate(t *testing.T) {
	_, tensors := artifacttest.Example("threshold", "e", 4)
	quantiles := make([]float64, 101)
	for i := range quantiles {
		quantiles[i] = float64(i) / 1000
	}
	folder := placeArtifact(t, artifacttest.Write(map[string]any{
		"kind": "threshold", "labels": []string{"strong", "weak"}, "encoder": map[string]any{"id": "e", "dimension": 4}, "query_view": "last_user",
		"parameters": map[string]any{"output": "logistic", "threshold": 0.5}, "calibration": map[string]any{"quantiles": quantiles},
	}, tensors), tensors)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{folder, "--share", "0.3"}, 0, "0.07\n"}, {[]string{folder, "--share", "0"}, 0, "0.1\n"}, {[]string{folder, "--share", "1"}, 0, "0\n"},
		{[]string{folder, "--share", "2"}, 2, "expected 0 to 1"},
		{[]string{placeExample(t, "threshold")}, 1, "has no calibration"},
		{[]string{placeExample(t, "linear")}, 1, "which has no threshold"},
		{[]string{"/no/such/folder"}, 1, "no such file"},
	} {
		code, out, complaint := verb(append([]string{"artifact", "calibrate"}, c.args...)...)
		if code != c.code || !strings.Contains(out+complaint, c.says) {
			t.Errorf("%v: %d %s%s, expected %q", c.args, code, out, complaint, c.says)
		}
	}
}
