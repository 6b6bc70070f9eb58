package artifact

import (
	"errors"
	"math"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// maxDepth is how deep a manifest nests at most, with room for what people put into made_with.
const maxDepth = 16

// ParseManifest reads manifest.json. A member it does not know, or that stands twice, is refused. The error holds everything that
// is wrong, each with its path.
func ParseManifest(text []byte) (*Manifest, error) {
	p := parser{r: jsontext.NewReader(text, maxDepth), given: map[string]bool{}}
	err := p.object("", p.member)
	if err == nil {
		err = p.r.End()
	}
	switch {
	case err != nil:
		return nil, err
	case p.format != Format:
		return nil, errors.New("format: is " + strconv.Quote(p.format) + ", expected " + Format)
	case p.version != Version:
		return nil, errors.New("version: is " + strconv.FormatInt(p.version, 10) + ", this build reads version " + strconv.Itoa(Version))
	}
	if err := p.m.check(p.given); err != nil {
		return nil, err
	}
	return &p.m, nil
}

type parser struct {
	r       *jsontext.Reader
	m       Manifest
	format  string
	version int64
	given   map[string]bool
}

// object reads an object. member reads the value of one member and tells whether it is known.
func (p *parser) object(path string, member func(key string) (known bool, err error)) error {
	seen := map[string]bool{}
	return within(path, p.r.Object(func(name []byte) error {
		key := string(name)
		if seen[key] {
			return errors.New(at(path, key) + ": stands twice")
		}
		seen[key] = true
		known, err := member(key)
		if err == nil && !known {
			return errors.New(at(path, key) + ": is no member of a manifest of version " + strconv.Itoa(Version))
		}
		return within(at(path, key), err)
	}))
}

// within puts the path before an error of the text; errors that have one pass.
func within(path string, err error) error {
	var syntax *jsontext.Error
	if err == nil || !errors.As(err, &syntax) {
		return err
	}
	if path == "" {
		path = "manifest"
	}
	return errors.New(path + ": " + syntax.Error())
}

func at(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (p *parser) member(key string) (known bool, err error) {
	p.given[key] = true
	m := &p.m
	switch key {
	case "format":
		p.format, err = p.r.String()
	case "version":
		p.version, err = p.r.Int()
	case "kind":
		m.Kind, err = p.r.String()
	case "origin":
		m.Origin, err = p.r.String()
	case "labels":
		err = p.r.Array(func(int) error {
			label, err := p.r.String()
			m.Labels = append(m.Labels, label)
			return err
		})
	case "encoder":
		m.Encoder = new(Encoder)
		err = p.object(key, p.encoder)
	case "query_view":
		m.QueryView, err = p.r.String()
	case "parameters":
		err = p.object(key, p.parameter)
	case "quality":
		m.Quality, err = p.r.Bool()
	case "prices":
		m.Prices = map[string]Price{}
		err = p.object(key, p.price)
	case "calibration":
		err = p.object(key, p.calibration)
	case "reach":
		m.Reach, err = p.number()
	case "files":
		err = p.object(key, p.file)
	case "signature":
		m.Signed = true
		err = p.object(key, p.words("type", "key", "value"))
	case "training", "made_with": // for people
		err = p.r.Skip()
	default:
		return false, nil
	}
	return true, err
}

// words reads texts that only others go by.
func (p *parser) words(names ...string) func(string) (bool, error) {
	return func(key string) (bool, error) {
		if !oneOf(names, key) {
			return false, nil
		}
		_, err := p.r.String()
		return true, err
	}
}

// number reads a finite number.
func (p *parser) number() (float64, error) {
	v, err := p.r.Float()
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = errors.New("a number is not finite")
	}
	return v, err
}

func (p *parser) whole(into *int) error {
	v, err := p.r.Int()
	*into = int(min(max(v, math.MinInt32), math.MaxInt32))
	return err
}

func (p *parser) encoder(key string) (known bool, err error) {
	e := p.m.Encoder
	switch key {
	case "id":
		e.ID, err = p.r.String()
	case "dimension":
		err = p.whole(&e.Dimension)
	case "normalize":
		e.Normalize, err = p.r.Bool()
	case "pooling":
		e.Pooling, err = p.r.String()
	case "max_tokens":
		err = p.whole(&e.MaxTokens)
	case "truncation":
		e.Truncation, err = p.r.String()
	default:
		return false, nil
	}
	return true, err
}

func (p *parser) parameter(key string) (known bool, err error) {
	one := Parameter{Name: key}
	if one.isText = p.r.Peek() == jsontext.String; one.isText {
		one.Text, err = p.r.String()
	} else {
		one.Number, err = p.number()
	}
	p.m.Parameters = append(p.m.Parameters, one)
	return true, err
}

func (p *parser) price(label string) (bool, error) {
	var price Price
	err := p.object("prices."+label, func(key string) (known bool, err error) {
		switch key {
		case "input":
			price.Input, err = p.number()
		case "output":
			price.Output, err = p.number()
		default:
			return false, nil
		}
		return true, err
	})
	p.m.Prices[label] = price
	return true, err
}

func (p *parser) calibration(key string) (known bool, err error) {
	if key != "quantiles" {
		return false, nil
	}
	p.m.Quantiles = []float64{}
	err = p.r.Array(func(int) error {
		v, err := p.number()
		p.m.Quantiles = append(p.m.Quantiles, v)
		return err
	})
	return true, err
}

func (p *parser) file(name string) (bool, error) {
	f := File{Name: name}
	err := p.object("files."+name, func(key string) (known bool, err error) {
		switch key {
		case "sha256":
			f.SHA256, err = p.r.String()
		case "size":
			f.Size, err = p.r.Int()
		default:
			return false, nil
		}
		return true, err
	})
	p.m.Files = append(p.m.Files, f)
	return true, err
}
