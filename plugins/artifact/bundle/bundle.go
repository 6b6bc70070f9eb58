// Package bundle opens an artifact as it lies in a folder or a .tar: it reads the files, compares them with the hashes in the
// manifest, verifies the signature, and makes sure that the module will run it. It is no part of the module.
package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/scorer"
)

// The files of an artifact.
const (
	Manifest = "manifest.json"
	Tensors  = "model.safetensors"
)

// MaxBytes bounds an artifact: every worker of a proxy holds one.
const MaxBytes = 64 << 20

// Artifact is one that was opened and found good.
type Artifact struct {
	Document abi.Artifact // as it goes to the module; its Name is left to the caller
	Manifest *artifact.Manifest
	Scorer   scorer.Scorer
	Signed   string // the name of the key that signed it; empty: nobody did
}

// Open reads the artifact of a name, which ends in .tar or is a folder. read reads one file; the artifact must satisfy the policy.
// The error tells everything that is wrong, each with the file it is in.
func Open(name string, read func(name string) ([]byte, error), policy Policy) (*Artifact, error) {
	files, err := unpack(name, read)
	if err != nil {
		return nil, err
	}
	text := files[Manifest]
	m, err := artifact.ParseManifest(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Manifest, err)
	}
	if err := compare(m, files); err != nil {
		return nil, err
	}
	signed, err := policy.verify(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Manifest, err)
	}
	tensors, err := artifact.ParseTensors(files[Tensors])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Tensors, err)
	}
	s, err := scorer.New(m, tensors)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", Manifest, Tensors, err)
	}
	sum := sha256.Sum256(text)
	return &Artifact{
		Document: abi.Artifact{
			Digest: hex.EncodeToString(sum[:]), Manifest: string(text), Numbers: base64.StdEncoding.EncodeToString(files[Tensors]),
		},
		Manifest: m, Scorer: s, Signed: signed,
	}, nil
}

// Parts are the files to be read of the artifact of a name: the one .tar, or the two in a folder. A URL may have a query.
func Parts(name string) []string {
	path, query := name, ""
	if strings.Contains(name, "://") {
		if at := strings.IndexByte(name, '?'); at >= 0 {
			path, query = name[:at], name[at:]
		}
	}
	if strings.HasSuffix(path, ".tar") {
		return []string{name}
	}
	parts := []string{Manifest, Tensors}
	for i, file := range parts {
		parts[i] = strings.TrimSuffix(path, "/") + "/" + file + query
	}
	return parts
}

// unpack reads the files of an artifact.
func unpack(name string, read func(name string) ([]byte, error)) (map[string][]byte, error) {
	parts := Parts(name)
	texts := make([][]byte, len(parts))
	for i, part := range parts {
		var err error
		if texts[i], err = read(part); err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return untar(texts[0])
	}
	return map[string][]byte{Manifest: texts[0], Tensors: texts[1]}, nil
}

// untar reads a tar: the two files, in it or in the one folder it has.
func untar(text []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(text)); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("is no whole tar: %w", err)
		}
		if head.Typeflag == tar.TypeDir {
			continue
		}
		name := path.Base(head.Name)
		switch {
		case head.Typeflag != tar.TypeReg || name != Manifest && name != Tensors:
			return nil, fmt.Errorf("the tar has %q, expected %s and %s alone", head.Name, Manifest, Tensors)
		case files[name] != nil:
			return nil, fmt.Errorf("the tar has %s twice", name)
		case head.Size > MaxBytes:
			return nil, fmt.Errorf("%s has %d bytes, expected %d at most", name, head.Size, MaxBytes)
		}
		if files[name], err = io.ReadAll(io.LimitReader(r, MaxBytes)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range []string{Manifest, Tensors} {
		if files[name] == nil {
			return nil, fmt.Errorf("the tar has no %s", name)
		}
	}
	return files, nil
}

// compare holds the files against what the manifest says of them.
func compare(m *artifact.Manifest, files map[string][]byte) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == Manifest {
			continue
		}
		said, ok := m.Files[name]
		sum := sha256.Sum256(files[name])
		switch got := hex.EncodeToString(sum[:]); {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: files has no %s, expected its sha256 and size", Manifest, name))
		case len(files[name]) > MaxBytes:
			errs = append(errs, fmt.Errorf("%s has %d bytes, expected %d at most", name, len(files[name]), MaxBytes))
		case said.Size != len(files[name]):
			errs = append(errs, fmt.Errorf("%s has %d bytes, the manifest says %d: it was cut or changed", name, len(files[name]), said.Size))
		case said.SHA256 != got:
			errs = append(errs, fmt.Errorf("%s has the hash %s, the manifest says %s: it was changed", name, got, said.SHA256))
		}
	}
	return errors.Join(errs...)
}

// signature is what a manifest says of who signed it.
type signature struct {
	Type  string `json:"type"`
	Key   string `json:"key"`
	Value string `json:"value"`
}

// split takes the signature out of a manifest. The rest is its members as they stand.
func split(manifest []byte) (rest map[string]json.RawMessage, s *signature, err error) {
	if err := json.Unmarshal(manifest, &rest); err != nil {
		return nil, nil, err
	}
	raw, ok := rest["signature"]
	delete(rest, "signature")
	if !ok {
		return rest, nil, nil
	}
	s = new(signature)
	return rest, s, json.Unmarshal(raw, s)
}
