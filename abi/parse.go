package abi

import (
	"errors"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// Parse reads a document and validates it. It is strict: an unknown or repeated member, a wrong type, text after the
// document and another version are refused. The error names the path of what is wrong.
func Parse(text []byte) (*Config, error) {
	version, err := versionOf(text)
	if err != nil {
		return nil, err
	}
	if version != ConfigVersion {
		return nil, errors.New("version: the document has version " + strconv.Itoa(version) + ", this build reads version " +
			strconv.Itoa(ConfigVersion) + ": use an agent and a module of the same release")
	}
	var c Config
	d := newDecoder(text)
	if err := d.config(&c); err != nil {
		return nil, err
	}
	if err := d.r.End(); err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &c, nil
}

// versionOf reads the version alone, so that a document of another version is refused for that and for nothing else.
func versionOf(text []byte) (int, error) {
	r := jsontext.NewReader(text, jsontext.DefaultMaxDepth)
	version := -1
	err := r.Object(func(key []byte) error {
		if string(key) != "version" {
			return r.Skip()
		}
		v, err := r.Int()
		version = int(v)
		return err
	})
	if err != nil {
		return 0, errors.New("document: " + err.Error())
	}
	if version < 0 {
		return 0, errors.New("version: is missing, expected " + strconv.Itoa(ConfigVersion))
	}
	return version, nil
}

// decoder reads the nouns of the document. Each method reads one value; path is where it stands, for errors only.
type decoder struct{ r *jsontext.Reader }

func newDecoder(text []byte) decoder {
	return decoder{r: jsontext.NewReader(text, jsontext.DefaultMaxDepth)}
}

func at(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// object reads an object; field reads the member named key and reports whether there is such a member.
func (d decoder) object(path string, field func(key string) (known bool, err error)) error {
	seen := make([]string, 0, 24)
	err := d.r.Object(func(k []byte) error {
		key := string(k)
		for _, s := range seen {
			if s == key {
				return errors.New(at(path, key) + ": stands twice")
			}
		}
		seen = append(seen, key)
		known, err := field(key)
		if !known {
			return errors.New(at(path, key) + ": unknown member; this build reads version " + strconv.Itoa(ConfigVersion))
		}
		return located(at(path, key), err)
	})
	return located(path, err)
}

// located puts the path before an error of the text itself; errors that have one already pass.
func located(path string, err error) error {
	var syntax *jsontext.Error
	if err == nil || !errors.As(err, &syntax) {
		return err
	}
	if path == "" {
		path = "document"
	}
	return errors.New(path + ": " + syntax.Error())
}

// array reads an array of T with item.
func array[T any](d decoder, path string, into *[]T, item func(path string, v *T) error) error {
	return d.r.Array(func(i int) error {
		var v T
		if err := item(index(path, i), &v); err != nil {
			return located(index(path, i), err)
		}
		*into = append(*into, v)
		return nil
	})
}

func text[T ~string](d decoder, into *T) error {
	s, err := d.r.String()
	*into = T(s)
	return err
}

func (d decoder) texts(path string, into *[]string) error {
	return array(d, path, into, func(_ string, v *string) error { return text(d, v) })
}

func (d decoder) whole(into *int) error {
	v, err := d.r.Int()
	*into = int(v)
	return err
}

func (d decoder) number(into *float64) (err error) {
	*into, err = d.r.Float()
	return err
}

func (d decoder) boolean(into *bool) (err error) {
	*into, err = d.r.Bool()
	return err
}
