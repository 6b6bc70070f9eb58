package artifact

import (
	"errors"
	"math"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// depth is how deep a manifest is nested at most.
const depth = 8

// ParseManifest reads a manifest. It is strict: an unknown or repeated member, a wrong type, text after the manifest and another
// version are refused. The error names the path of everything that is wrong.
func ParseManifest(text []byte) (*Manifest, error) {
	if err := identify(text); err != nil {
		return nil, err
	}
	var m Manifest
	d := decoder{r: jsontext.NewReader(text, depth)}
	err := d.manifest(&m)
	if err == nil {
		err = d.r.End()
	}
	if err != nil {
		return nil, errors.New("manifest: " + err.Error())
	}
	if len(d.errs) == 0 { // of what could not be read no more is said
		d.check(&m)
	}
	if len(d.errs) > 0 {
		return nil, errors.Join(d.errs...)
	}
	return &m, nil
}

// identify reads format and version alone, so that what is no manifest, or one of another version, is refused for that and for
// nothing else.
func identify(text []byte) error {
	r := jsontext.NewReader(text, depth)
	format, version := "missing", "missing"
	err := r.Object(func(key []byte) error {
		raw, err := r.Raw()
		switch string(key) {
		case "format":
			format = short(raw)
		case "version":
			version = short(raw)
		}
		return err
	})
	if err != nil {
		return errors.New("manifest: " + err.Error())
	}
	if format != strconv.Quote(Format) {
		return errors.New("format: is " + format + ", expected " + strconv.Quote(Format))
	}
	if version != strconv.Itoa(Version) {
		return errors.New("version: is " + version + ", this build reads version " + strconv.Itoa(Version))
	}
	return nil
}

// One method per noun of the format.

func (d *decoder) manifest(m *Manifest) error {
	return d.object("", []string{"kind", "labels", "files"}, func(key, path string) (bool, error) {
		switch key {
		case "format", "version":
			return true, d.r.Skip()
		case "kind":
			return true, d.text(path, &m.Kind)
		case "origin":
			return true, d.text(path, &m.Origin)
		case "labels":
			return true, d.array(path, func(path string) error {
				m.Labels = append(m.Labels, "")
				return d.text(path, &m.Labels[len(m.Labels)-1])
			})
		case "encoder":
			m.Encoder = &Encoder{}
			return true, d.encoder(path, m.Encoder)
		case "query_view":
			return true, d.word(path, &m.QueryView, "last_user_500", "last_user", "all_text", "full_context", "retrieval")
		case "parameters":
			return true, each(d, path, &m.Parameters, d.parameter)
		case "quality":
			return true, d.flag(path, &m.Quality)
		case "prices":
			return true, each(d, path, &m.Prices, d.price)
		case "calibration":
			return true, d.calibration(path, m)
		case "reach":
			return true, d.number(path, &m.Reach, 0)
		case "training":
			m.Training = &Training{}
			return true, d.training(path, m.Training)
		case "made_with":
			return true, each(d, path, &m.MadeWith, d.text)
		case "files":
			return true, each(d, path, &m.Files, d.file)
		case "signature":
			m.Signature = &Signature{}
			return true, d.signature(path, m.Signature)
		}
		return false, nil
	})
}

func (d *decoder) encoder(path string, e *Encoder) error {
	return d.object(path, []string{"id", "dimension"}, func(key, path string) (bool, error) {
		switch key {
		case "id":
			return true, d.text(path, &e.ID)
		case "dimension":
			return true, d.whole(path, &e.Dimension, 1, MaxDimension)
		case "pooling":
			return true, d.word(path, &e.Pooling, "mean", "cls", "last")
		case "normalize":
			return true, d.flag(path, &e.Normalize)
		case "max_tokens":
			return true, d.whole(path, &e.MaxTokens, 1, math.MaxInt32)
		case "truncation":
			return true, d.word(path, &e.Truncation, "left", "right")
		}
		return false, nil
	})
}

func (d *decoder) parameter(path string, p *Parameter) error {
	if d.r.Peek() == jsontext.String {
		p.IsText = true
		return d.text(path, &p.Text)
	}
	return d.number(path, &p.Number, math.Inf(-1))
}

func (d *decoder) price(path string, p *Price) error {
	return d.object(path, []string{"input", "output"}, func(key, path string) (bool, error) {
		switch key {
		case "input":
			return true, d.number(path, &p.Input, 0)
		case "output":
			return true, d.number(path, &p.Output, 0)
		}
		return false, nil
	})
}

func (d *decoder) calibration(path string, m *Manifest) error {
	return d.object(path, []string{"quantiles"}, func(key, path string) (bool, error) {
		if key != "quantiles" {
			return false, nil
		}
		m.Quantiles = []float64{}
		return true, d.array(path, func(path string) error {
			m.Quantiles = append(m.Quantiles, 0)
			return d.number(path, &m.Quantiles[len(m.Quantiles)-1], math.Inf(-1))
		})
	})
}

func (d *decoder) training(path string, t *Training) error {
	return d.object(path, nil, func(key, path string) (bool, error) {
		switch key {
		case "sha256":
			return true, d.text(path, &t.SHA256)
		case "rows":
			return true, d.whole(path, &t.Rows, 0, math.MaxInt32)
		}
		return false, nil
	})
}

func (d *decoder) file(path string, f *FileSum) error {
	return d.object(path, []string{"sha256", "size"}, func(key, path string) (bool, error) {
		switch key {
		case "sha256":
			return true, d.text(path, &f.SHA256)
		case "size":
			return true, d.whole(path, &f.Size, 0, math.MaxInt32)
		}
		return false, nil
	})
}

func (d *decoder) signature(path string, s *Signature) error {
	return d.object(path, []string{"type", "key", "value"}, func(key, path string) (bool, error) {
		switch key {
		case "type":
			return true, d.word(path, &s.Type, "ed25519")
		case "key":
			return true, d.text(path, &s.Key)
		case "value":
			return true, d.text(path, &s.Value)
		}
		return false, nil
	})
}
