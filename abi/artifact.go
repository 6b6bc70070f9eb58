package abi

import (
	"encoding/base64"
	"errors"
	"strconv"
)

// Artifact is a trained model that strategies go by: docs/artifacts.md says what is in it.
type Artifact struct {
	Name     string `json:"name"`     // what strategies call it: the URL it was named by, without secrets
	Digest   string `json:"digest"`   // hex SHA-256 of manifest.json, which holds the hashes of the other files
	Manifest string `json:"manifest"` // manifest.json as it stands
	Numbers  string `json:"numbers"`  // model.safetensors, in base64
}

// Tensors returns the bytes of model.safetensors.
func (a *Artifact) Tensors() ([]byte, error) {
	plain, err := base64.StdEncoding.DecodeString(a.Numbers)
	if err != nil {
		return nil, errors.New("numbers: " + err.Error())
	}
	return plain, nil
}

// Encoder is a server that makes a vector of a text.
type Encoder struct {
	API        EncoderAPI `json:"api"`
	Model      string     `json:"model,omitempty"` // what the server is asked for; api openai
	ID         string     `json:"id"`              // what artifacts call it
	Cluster    string     `json:"cluster"`         // the proxy's name for its server
	Authority  string     `json:"authority"`       // the :authority sent
	Path       string     `json:"path"`
	DeadlineMS int        `json:"deadline_ms"` // how long a request waits for its vector
	Cache      int        `json:"cache"`       // vectors that each worker keeps
}

// EncoderAPI is how an encoder is asked.
type EncoderAPI string

// The APIs.
const (
	EncoderOpenAI EncoderAPI = "openai" // POST /v1/embeddings
	EncoderTEI    EncoderAPI = "tei"    // POST /embed of Text Embeddings Inference
)

// The bounds of an encoder.
const (
	MaxDimension  = 65_536
	MaxEncoderMS  = 60_000
	MaxEncoderMem = 100_000 // vectors in a worker's cache
)

func (v *validation) artifacts(c *Config) {
	names := map[string]bool{}
	for i := range c.Artifacts {
		a, path := &c.Artifacts[i], index("artifacts", i)
		switch {
		case a.Name == "":
			v.add(path+".name", "is empty")
		case names[a.Name]:
			v.add(path+".name", "stands twice: "+strconv.Quote(a.Name))
		}
		names[a.Name] = true
		if !isSHA256(a.Digest) {
			v.add(path+".digest", "is "+strconv.Quote(a.Digest)+", expected 64 lower-case hex digits")
		}
		if a.Manifest == "" {
			v.add(path+".manifest", "is empty")
		}
	}
	e := c.Encoder
	if e == nil {
		return
	}
	if e.API != EncoderOpenAI && e.API != EncoderTEI {
		v.add("encoder.api", "is "+strconv.Quote(string(e.API))+", expected openai or tei")
	}
	for _, m := range []struct{ name, value string }{{"id", e.ID}, {"cluster", e.Cluster}, {"path", e.Path}} {
		if m.value == "" {
			v.add("encoder."+m.name, "is empty")
		}
	}
	v.whole("encoder.deadline_ms", e.DeadlineMS, 1, MaxEncoderMS)
	v.whole("encoder.cache", e.Cache, 0, MaxEncoderMem)
}
