package artifact

import (
	"errors"
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// decoder reads the nouns of a manifest. What is wrong with a value is noted, and the reading goes on, so that all of it is told;
// where the text itself is broken the reading ends.
type decoder struct {
	r *jsontext.Reader
	problems
}

// problems are what is wrong, each with the path of what it is wrong with.
type problems struct{ errs []error }

func (p *problems) add(path, message string) { p.errs = append(p.errs, errors.New(path+": "+message)) }

func at(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// short is a value as an error tells it.
func short(raw []byte) string {
	const most = 60
	if len(raw) > most {
		return string(raw[:most]) + "..."
	}
	return string(raw)
}

// is tells whether the next value is of a kind; if not that is noted, and the value passed over.
func (d *decoder) is(path string, kind jsontext.Kind) (bool, error) {
	if d.r.Peek() == kind {
		return true, nil
	}
	raw, err := d.r.Raw()
	if err != nil {
		return false, errors.New(path + ": " + err.Error())
	}
	d.add(path, "is "+short(raw)+", expected "+kind.String())
	return false, nil
}

// object reads an object; member reads the value of a key and reports whether there is such a member. All that are required must
// be there.
func (d *decoder) object(path string, required []string, member func(key, path string) (known bool, err error)) error {
	if path != "" {
		if ok, err := d.is(path, jsontext.Object); !ok {
			return err
		}
	}
	seen := map[string]bool{}
	err := d.r.Object(func(k []byte) error {
		key := string(k)
		place := at(path, key)
		if seen[key] {
			d.add(place, "stands twice")
			return d.r.Skip()
		}
		seen[key] = true
		known, err := member(key, place)
		if !known {
			d.add(place, "is no member that this build knows; it reads version "+strconv.Itoa(Version))
			return d.r.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range required {
		if !seen[key] {
			d.add(at(path, key), "is missing")
		}
	}
	return nil
}

// each reads an object whose keys are names of the artifact's own.
func each[T any](d *decoder, path string, into *map[string]T, value func(path string, v *T) error) error {
	*into = map[string]T{}
	return d.object(path, nil, func(key, path string) (bool, error) {
		var v T
		err := value(path, &v)
		(*into)[key] = v
		return true, err
	})
}

// array reads an array; item reads one element.
func (d *decoder) array(path string, item func(path string) error) error {
	if ok, err := d.is(path, jsontext.Array); !ok {
		return err
	}
	return d.r.Array(func(i int) error { return item(index(path, i)) })
}

func (d *decoder) text(path string, into *string) error {
	ok, err := d.is(path, jsontext.String)
	if ok {
		*into, err = d.r.String()
	}
	return err
}

// word reads a text that is one of some.
func (d *decoder) word(path string, into *string, words ...string) error {
	ok, err := d.is(path, jsontext.String)
	if !ok {
		return err
	}
	if *into, err = d.r.String(); err == nil && !slices.Contains(words, *into) {
		d.add(path, "is "+strconv.Quote(*into)+", expected "+list(words))
	}
	return err
}

// list says which words there are.
func list(words []string) string {
	var text string
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " or "
		default:
			text += ", "
		}
		text += w
	}
	return text
}

func (d *decoder) flag(path string, into *bool) error {
	ok, err := d.is(path, jsontext.Bool)
	if ok {
		*into, err = d.r.Bool()
	}
	return err
}

// digits reads a number as it is written; nil: it is none, which is noted, or cannot be read.
func (d *decoder) digits(path string) ([]byte, error) {
	if ok, err := d.is(path, jsontext.Number); !ok {
		return nil, err
	}
	return d.r.Raw()
}

// number reads a number from low on.
func (d *decoder) number(path string, into *float64, low float64) error {
	raw, err := d.digits(path)
	if raw == nil || err != nil {
		return err
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || v < low {
		want := ""
		if low == 0 {
			want = " of 0 or more"
		}
		d.add(path, "is "+short(raw)+", expected a number"+want+" in the range of a double")
		return nil
	}
	*into = v
	return nil
}

// whole reads a whole number from low to high.
func (d *decoder) whole(path string, into *int, low, high int) error {
	raw, err := d.digits(path)
	if raw == nil || err != nil {
		return err
	}
	v, err := strconv.Atoi(string(raw))
	if err != nil || v < low || v > high {
		d.add(path, "is "+short(raw)+", expected a whole number from "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
		return nil
	}
	*into = v
	return nil
}
