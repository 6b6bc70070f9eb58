package dialect

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
)

// hintNames are the members of a body that are always the gateway's, beside gatewayNames.
var hintNames = []string{"tags", "allowed_model_region", "litellm_session_id", "litellm_metadata", "context_window_fallbacks", "content_policy_fallbacks"}

// deleteOurs takes the members out that no upstream is to see.
func deleteOurs(members map[string]json.RawMessage) {
	for _, name := range slices.Concat(gatewayNames, hintNames) {
		delete(members, name)
	}
	var inner map[string]json.RawMessage
	if json.Unmarshal(members["metadata"], &inner) != nil {
		return
	}
	for name := range inner {
		if hintOf([]byte(name)) != noHint {
			delete(members, "metadata")
		}
	}
}

// acceptsHints is the rule of what is said of a request; it collects the tags, of which there may be so many in all.
func acceptsHints(name string, raw json.RawMessage, tags map[string]bool) bool {
	switch {
	case name == "context_window_fallbacks" || name == "content_policy_fallbacks" || raw[0] == 'n':
		return true
	case name == "tags":
		return acceptsHint("tags", raw, tags)
	case name == "allowed_model_region" || name == "litellm_session_id":
		return acceptsHint("session_id", raw, tags)
	case raw[0] != '{':
		return name == "metadata"
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	_, _ = d.Token() // valid, as the whole text is
	seen := map[any]bool{}
	for d.More() {
		key, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
		if hintOf([]byte(key.(string))) == noHint {
			continue
		}
		if seen[key] || !acceptsHint(key.(string), value, tags) {
			return false
		}
		seen[key] = true
	}
	return true
}

func acceptsHint(name string, raw json.RawMessage, tags map[string]bool) bool {
	if raw[0] == 'n' {
		return true
	}
	var v any
	if json.Unmarshal(raw, &v) != nil { // a number that no double holds
		return false
	}
	switch v := v.(type) {
	case string:
		return name == "session_id" && len(v) <= maxHint || name == "routing_profile" && slices.Contains(Profiles, v)
	case float64:
		return name == "cascade_rung" && v >= 1 && v == math.Trunc(v) || name == "cascade_confidence" && v >= 0 && v <= 1
	case []any:
		for _, one := range v {
			tag, ok := one.(string)
			if !ok || tag == "" || len(tag) > maxHint {
				return false
			}
			tags[tag] = true
		}
		return name == "tags" && len(v) <= maxTags
	}
	return false
}
