package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Written makes a configuration ready as it is written, for one that does not compile: its text is compared, and not what it
// means. Files it includes are names in it, and not looked into. path is for the error.
func Written(path string, text []byte) (*Document, error) {
	var root any
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: is no YAML, so it cannot be compared: %w", path, err)
	}
	top, _ := plain(root).(map[string]any)
	d := &Document{entries: map[string]*entry{}, settings: map[string]any{}}
	list, _ := top["model_list"].([]any)
	ordinals := map[string]int{}
	for _, item := range list {
		e := written(item, ordinals)
		d.entries[e.ID] = e
	}
	delete(top, "model_list")
	flatten(d.settings, "", top)
	for path, value := range d.settings {
		if s := showWritten(path, value); s.secret != "" {
			sum := sha256.Sum256(fmt.Append(nil, value))
			d.settings[path] = hidden(hex.EncodeToString(sum[:]))
		}
	}
	return d, nil
}

// hidden is the sum of a secret setting: it is compared, and never shown.
type hidden string

// written makes an item of model_list an entry. Its identity is its id, or else what makes it another place, and an ordinal
// among equals: neither its key nor its place in the list.
func written(item any, ordinals map[string]int) *entry {
	of, _ := item.(map[string]any)
	params, _ := of["litellm_params"].(map[string]any)
	info, _ := of["model_info"].(map[string]any)
	name, model := word(of["model_name"]), word(params["model"])
	e := &entry{Entry: Entry{ModelName: name, Model: model}, value: item, show: showWritten}
	if id := word(info["id"]); id != "" {
		e.ID = id
	} else {
		sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", name, model, word(params["api_base"]), word(params["aws_region_name"])))
		e.ID = hex.EncodeToString(sum[:8])
	}
	// Ids that are given twice are refused elsewhere; here each is one of its own, so that no entry hides another.
	if ordinals[e.ID]++; ordinals[e.ID] > 1 {
		e.ID += "#" + strconv.Itoa(ordinals[e.ID])
	}
	e.parts = func() map[string]any {
		out := map[string]any{}
		flatten(out, "", item)
		return out
	}
	return e
}

// word is a single value as text; empty: it is none.
func word(v any) string {
	switch v.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	return fmt.Sprint(v)
}

// plain makes a value one that JSON has too: mappings have texts for keys, and numbers an end.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
		return v
	case map[any]any:
		out := make(map[string]any, len(v))
		for name := range v {
			out[fmt.Sprint(name)] = plain(v[name])
		}
		return out
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return fmt.Sprint(v)
		}
	}
	return v
}
