package artifact

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// check notes what types cannot say.
func (p *problems) check(m *Manifest) {
	p.filled("kind", m.Kind)
	p.labels(m.Labels)
	if m.Encoder != nil {
		p.encoder(m.Encoder)
		if m.QueryView == "" {
			p.add("query_view", "is missing: there is an encoder, so there must be a query")
		}
	}
	for _, label := range slices.Sorted(maps.Keys(m.Prices)) {
		if !slices.Contains(m.Labels, label) {
			p.add(at("prices", label), "is the price of no label")
		}
	}
	p.quantiles(m.Quantiles)
	if m.Reach != 0 && m.Kind != "knn" && m.Kind != "kmeans" && m.Kind != "centroid" {
		p.add("reach", "is there, but a "+m.Kind+" goes by no distance; expected it of knn, kmeans or centroid")
	}
	if m.Training != nil && m.Training.SHA256 != "" {
		p.sum("training.sha256", m.Training.SHA256)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if name != File {
			p.add(at("files", name), "is no file of an artifact, expected "+File)
		}
		p.sum(at("files", name)+".sha256", m.Files[name].SHA256)
	}
	if _, ok := m.Files[File]; !ok {
		p.add(at("files", File), "is missing")
	}
	if s := m.Signature; s != nil {
		p.filled("signature.type", s.Type)
		p.filled("signature.key", s.Key)
		if value, err := base64.StdEncoding.DecodeString(s.Value); err != nil || len(value) != 64 {
			p.add("signature.value", "is "+strconv.Quote(short([]byte(s.Value)))+", expected 64 bytes in base64")
		}
	}
}

func (p *problems) filled(path, value string) {
	if value == "" {
		p.add(path, `is "", expected a word`)
	}
}

func (p *problems) labels(labels []string) {
	if len(labels) < 1 || len(labels) > MaxLabels {
		p.add("labels", "are "+strconv.Itoa(len(labels))+", expected 1 to "+strconv.Itoa(MaxLabels))
		return
	}
	first := map[string]int{}
	for i, label := range labels {
		p.filled(index("labels", i), label)
		if j, twice := first[label]; twice {
			p.add(index("labels", i), "is "+strconv.Quote(label)+", as "+index("labels", j)+" is: expected each once")
		}
		first[label] = i
	}
}

func (p *problems) encoder(e *Encoder) {
	p.filled("encoder.id", e.ID)
	if e.ID == Ngram && (e.Dimension < minNgram || e.Dimension&(e.Dimension-1) != 0) {
		p.add("encoder.dimension", "is "+strconv.Itoa(e.Dimension)+", expected of "+Ngram+" a power of two from "+strconv.Itoa(minNgram)+" to "+
			strconv.Itoa(MaxDimension))
	}
}

func (p *problems) quantiles(q []float64) {
	if q != nil && len(q) != Percentiles {
		p.add("calibration.quantiles", "are "+strconv.Itoa(len(q))+" numbers, expected "+strconv.Itoa(Percentiles))
	}
	for i := 1; i < len(q); i++ {
		if q[i] < q[i-1] {
			p.add(index("calibration.quantiles", i), "is "+strconv.FormatFloat(q[i], 'g', -1, 64)+
				", less than the one before: expected them to ascend")
			return
		}
	}
}

func (p *problems) sum(path, sum string) {
	if len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
		p.add(path, "is "+strconv.Quote(short([]byte(sum)))+", expected a SHA-256 in 64 lower-case hex digits")
	}
}
