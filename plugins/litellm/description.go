package litellm

import (
	"strconv"
	"strings"
)

// description reads what strategies and filters go by beside prices: tags, the region, and how large the model is.
func (c *compiler) description(e *entry) {
	d := &e.d
	for _, item := range c.list(e.params.get("tags")) {
		if tag, ok := c.text(item); ok {
			d.Tags = append(d.Tags, tag)
		}
	}
	d.Region, _ = c.text(e.params.get("region_name"))
	if size, ok := c.text(e.info.get("size")); ok {
		n, known := billions(size)
		if !known {
			c.refuseAt(e.info.get("size"), e.info.get("size").shown()+", expected a number of parameters as 8B, 0.5B or 8x7B")
		}
		d.Size = n
	} else {
		d.Size = sizeIn(d.Model)
	}
}

// billions reads "8B", "0.5b" or "8x7B".
func billions(text string) (float64, bool) {
	text, ok := strings.CutSuffix(strings.ToLower(strings.TrimSpace(text)), "b")
	if !ok {
		return 0, false
	}
	product := 1.0
	for factor := range strings.SplitSeq(text, "x") {
		n, err := strconv.ParseFloat(factor, 64)
		if err != nil || !(n > 0 && n < 1e6) || strings.Trim(factor, "0123456789.") != "" {
			return 0, false
		}
		product *= n
	}
	return product, true
}

// sizeIn finds a size among the words of a model's name, as in llama-3.1-70b-instruct or mixtral-8x7b; 0 where none is.
func sizeIn(model string) float64 {
	for _, word := range strings.FieldsFunc(model, func(r rune) bool { return strings.ContainsRune("-_/:@ ", r) }) {
		if n, ok := billions(word); ok {
			return n
		}
	}
	return 0
}
