// Package migrate brings a configuration document of an older version to the one this program reads. Each step is a pure
// function from bytes to bytes that leads from one version to the next, in a file of its own named after it, such as
// 0001_groups.go, with a before and an after file in testdata/migrate.
package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/routeiq/routeiq/plugins/litellm"
)

// Key is the document's key for its version. A document without it is version 1: LiteLLM's own configuration is.
const Key = "routeiq_version"

// Version is the version this program reads.
//
//	1  LiteLLM's configuration with RouteIQ's blocks
const Version = litellm.DocumentVersion

// A Step leads from version From to the next. Do is pure, and its result, which has the next version under Key, is the
// same when it is done again. It may take a document that is no valid configuration: that is for who parses it.
type Step struct {
	From int
	Name string // what it does, as in its file's name
	Do   func(doc []byte) ([]byte, error)
}

// steps has one entry for each version before Version, in order.
var steps []Step

// Migrate brings a document to Version. It returns the document as it is when it is of that version already, with the
// version it had and the one it has. An error is about a version that is none or newer, or names the step that failed.
func Migrate(doc []byte) (out []byte, from, to int, err error) { return through(doc, steps, Version) }

// through is Migrate with the steps and the version as arguments.
func through(doc []byte, steps []Step, version int) (out []byte, from, to int, err error) {
	from, err = Of(doc)
	if err != nil {
		return nil, 0, 0, err
	}
	if from > version {
		return nil, from, 0, fmt.Errorf("%s: the document is version %d, this program reads up to version %d: use a newer program, or the document of before", Key, from, version)
	}
	out = doc
	for at := from; at < version; at++ {
		step, err := leading(steps, at)
		if err != nil {
			return nil, from, 0, err
		}
		if out, err = step.Do(bytes.Clone(out)); err != nil { // a clone: a step may write over what it got
			return nil, from, 0, fmt.Errorf("migrating from version %d to %d (%s): %w", at, at+1, step.Name, err)
		}
		switch got, err := Of(out); {
		case err != nil:
			return nil, from, 0, fmt.Errorf("migrating from version %d to %d (%s): the result: %w", at, at+1, step.Name, err)
		case got != at+1:
			return nil, from, 0, fmt.Errorf("migrating from version %d to %d (%s): the result says that it is version %d", at, at+1, step.Name, got)
		}
	}
	return out, from, version, nil
}

func leading(steps []Step, from int) (Step, error) {
	for _, s := range steps {
		if s.From == from {
			return s, nil
		}
	}
	return Step{}, fmt.Errorf("%s: no step leads from version %d to %d", Key, from, from+1)
}

// Of returns the version of a document. One that is no YAML, or no mapping, is version 1 too, and goes through as it is:
// what is wrong with it is better said by who parses it.
func Of(doc []byte) (int, error) {
	if !bytes.Contains(doc, []byte(Key)) {
		return 1, nil // to parse a large document for what it cannot hold takes longer than all of a migration
	}
	var root yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(doc)).Decode(&root); err != nil || len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return 1, nil
	}
	mapping := root.Content[0]
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Value != Key {
			continue
		}
		for value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		n, err := strconv.Atoi(value.Value)
		if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!int" || err != nil || n < 1 {
			return 0, fmt.Errorf("%s: line %d: is no version, expected a whole number from 1", Key, value.Line)
		}
		return n, nil
	}
	return 1, nil
}

// Edit is the frame of a step that changes the document's tree: it parses, calls change with the root mapping, sets the
// version and writes. Comments and the order of keys stay.
func Edit(doc []byte, version int, change func(root *yaml.Node) error) ([]byte, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(doc))
	if err := decoder.Decode(&document); err != nil || len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the document is no YAML mapping: `routeiq-agent validate` says why")
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("the document has something behind '---', expected one document")
	}
	root := document.Content[0]
	if err := change(root); err != nil {
		return nil, err
	}
	set(root, version)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// set sets the version: in its place, else as the first key.
func set(root *yaml.Node, version int) {
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(version)}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == Key {
			value.LineComment = root.Content[i+1].LineComment
			root.Content[i+1] = value
			return
		}
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: Key}
	if len(root.Content) > 0 { // the file's comment stays its first line
		key.HeadComment, root.Content[0].HeadComment = root.Content[0].HeadComment, ""
	}
	root.Content = append([]*yaml.Node{key, value}, root.Content...)
}
