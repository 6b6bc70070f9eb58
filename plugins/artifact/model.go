package artifact

import (
	"errors"
	"strconv"
)

// Model is a manifest and its numbers.
type Model struct {
	Manifest *Manifest
	Tensors  Tensors
}

// Parse reads the two files of an artifact. The model shares memory with the second. Their hashes are not looked at.
func Parse(manifest, model []byte) (*Model, error) {
	m, err := ParseManifest(manifest)
	if err != nil {
		return nil, err
	}
	if want := m.Files[File].Size; want != len(model) {
		return nil, errors.New(at("files", File) + ".size: is " + strconv.Itoa(want) + ", but the file has " + strconv.Itoa(len(model)) + " bytes")
	}
	t, err := ParseTensors(model)
	if err != nil {
		return nil, err
	}
	return &Model{m, t}, nil
}
