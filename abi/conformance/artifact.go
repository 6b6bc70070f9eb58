package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/ngram"
)

// A scenario's file NAME.artifact is a trained model in JSON: the members of a manifest, and "tensors": by name their "shape" and
// either "floats", "doubles" or "wholes", or "texts", of each of which the vector routeiq/ngram-1 is a row. {{NAME.artifact}} in
// config.yaml is the folder it lies in.
const artifactEnding = ".artifact"

// artifactFolder is where artifacts of scenarios lie, below the system's folder for passing files. They are named by their content,
// so that engines that run at the same time share them.
const artifactFolder = "routeiq-scenario-artifacts"

// writeArtifacts writes the artifacts of a scenario, and puts their folders into its configuration.
func (s *Scenario) writeArtifacts() error {
	for name, text := range s.Files {
		if !strings.HasSuffix(name, artifactEnding) {
			continue
		}
		folder, err := writeArtifact(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.Config = []byte(strings.ReplaceAll(string(s.Config), "{{"+name+"}}", folder))
	}
	return nil
}

func writeArtifact(text []byte) (folder string, err error) {
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return "", err
	}
	var body struct {
		Encoder struct{ Dimension int }
		Tensors map[string]struct {
			Shape   []int
			Floats  []float32
			Doubles []float64
			Wholes  []int32
			Texts   []string
		}
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return "", err
	}
	delete(members, "tensors")
	all := artifacttest.Tensors{}
	for name, t := range body.Tensors {
		var numbers any
		switch {
		case t.Texts != nil:
			maker, rows := ngram.NewMaker(body.Encoder.Dimension), []float32{}
			for _, text := range t.Texts {
				rows = append(rows, maker.Vector(text)...)
			}
			numbers = rows
		case t.Doubles != nil:
			numbers = t.Doubles
		case t.Wholes != nil:
			numbers = t.Wholes
		default:
			numbers = t.Floats
		}
		all[name] = artifacttest.Tensor{Shape: t.Shape, Numbers: numbers}
	}
	tensors := all.Bytes()
	manifest := artifacttest.Write(members, tensors)
	sum := sha256.Sum256(manifest)
	folder = filepath.Join(os.TempDir(), artifactFolder, hex.EncodeToString(sum[:8]))
	return folder, errors.Join(os.MkdirAll(folder, 0o755), place(folder, "manifest.json", manifest), place(folder, "model.safetensors", tensors))
}

// place writes a file as a whole: another process may be reading the one of the same content.
func place(folder, name string, text []byte) error {
	f, err := os.CreateTemp(folder, name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close(), os.Chmod(f.Name(), 0o644), os.Rename(f.Name(), filepath.Join(folder, name)))
}

// ReadArtifact reads a file of an artifact. A scenario has no other file beside its configuration.
func ReadArtifact(path string) ([]byte, error) {
	if name := filepath.Base(path); !filepath.IsAbs(path) || name != "manifest.json" && name != "model.safetensors" {
		return nil, errors.New(path + ": a scenario has one configuration file, config.yaml, and artifacts")
	}
	return os.ReadFile(path)
}
