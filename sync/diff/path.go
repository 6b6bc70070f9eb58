package diff

import (
	"strconv"
)

// flatten puts the values of a tree below their paths, as in "breaker.window_ms" and "paths[0].api". A list of single values is
// one value: what a list of names changes is the list.
func flatten(out map[string]any, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 && path != "" {
			out[path] = v
		}
		for name, member := range v {
			at := name
			if path != "" {
				at = path + "." + name
			}
			flatten(out, at, member)
		}
	case []any:
		if single(v) {
			out[path] = v
			return
		}
		for i, member := range v {
			flatten(out, path+"["+strconv.Itoa(i)+"]", member)
		}
	default:
		out[path] = v
	}
}

// single tells whether a list has no list and no mapping in it.
func single(list []any) bool {
	for _, v := range list {
		switch v.(type) {
		case map[string]any, []any:
			return false
		}
	}
	return true
}
