package dialect

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// Hints are what a client says of a request, for strategies and filters to go by. In a body they stand where LiteLLM's clients
// put them, in "tags", "allowed_model_region" and "litellm_session_id", and in the objects "metadata" and "litellm_metadata",
// which hold "tags", "routing_profile", "routing_cost_weight", "routing_quality_floor", "cascade_rung", "cascade_confidence" and "session_id". Where a thing is said more than
// once, the body's own member goes before litellm_metadata, and that before metadata; tags are put together, each once.
//
// "metadata" belongs to the upstream, to which OpenAI's and Anthropic's clients speak in it, unless it holds one of these names.
type Hints struct {
	Tags       []string
	Region     string // empty: not said, as in all of them
	Profile    string // one of Profiles
	Session    string
	Rung       int // counted from 1
	Confidence float64

	CostWeight, QualityFloor *float64 // 0 to 1; nil: not said

	listed bool // the body has "tags" of its own
}

// Profiles are what routing_profile may be.
var Profiles = []string{"auto", "eco", "premium", "free", "reasoning"}

const (
	maxTags = 64
	maxHint = 256 // bytes of a tag, a region, a session
)

// tagMembers are the members that hold tags, by the place of what they say in request.hints: the first goes first.
var tagMembers = [hintPlaces]string{"tags", "litellm_metadata.tags", "metadata.tags"}

const (
	hintsOwn = iota
	hintsLiteLLM
	hintsMetadata
	hintPlaces
)

// hint is a name in "metadata".
type hint uint16

const (
	noHint  hint = 0
	hintTag hint = 1 << iota // as bits: each may be there once
	hintProfile
	hintRung
	hintConfidence
	hintSession
	hintCostWeight
	hintQualityFloor
)

func hintOf(key []byte) hint {
	switch string(key) {
	case "tags":
		return hintTag
	case "routing_profile":
		return hintProfile
	case "cascade_rung":
		return hintRung
	case "cascade_confidence":
		return hintConfidence
	case "session_id":
		return hintSession
	case "routing_cost_weight":
		return hintCostWeight
	case "routing_quality_floor":
		return hintQualityFloor
	}
	return noHint
}

// metadata reads the object "metadata" or "litellm_metadata", and tells whether it holds a name of ours.
func (q *request) metadata(name string, h *Hints) (ours bool, err error) {
	if q.r.Peek() != jsontext.Object {
		if name == "metadata" {
			return false, q.r.Skip()
		}
		return true, q.wrongType(name, "an object")
	}
	var seen hint
	err = q.r.Enter(jsontext.Object)
	for first := true; err == nil; first = false {
		var key []byte
		if key, err = q.r.NextMember(first); key == nil {
			break
		}
		which := hintOf(key)
		if which == noHint {
			err = q.r.Skip()
			continue
		}
		full := name + "." + string(key)
		if seen&which != 0 {
			return true, q.twice(full)
		}
		seen |= which
		err = q.hint(which, full, h)
	}
	return seen != 0, err
}

// hint reads the value of a name of ours; null says nothing.
func (q *request) hint(which hint, name string, h *Hints) (err error) {
	if kind := q.r.Peek(); kind == jsontext.Null || kind == jsontext.Invalid {
		return q.r.Skip()
	}
	switch which {
	case hintTag:
		h.Tags, err = q.tags(name)
	case hintProfile:
		if h.Profile, err = q.hintText(name); err == nil && !slices.Contains(Profiles, h.Profile) {
			err = q.wrongValue(name, wantProfile)
		}
	case hintSession:
		h.Session, err = q.hintText(name)
	case hintRung:
		var v float64
		if v, err = q.hintNumber(name, 1, math.MaxFloat64, true); err == nil {
			h.Rung = int(min(v, math.MaxInt32)) // no ladder is as long
		}
	case hintConfidence:
		h.Confidence, err = q.hintNumber(name, 0, 1, false)
	case hintCostWeight:
		h.CostWeight = new(float64)
		*h.CostWeight, err = q.hintNumber(name, 0, 1, false)
	case hintQualityFloor:
		h.QualityFloor = new(float64)
		*h.QualityFloor, err = q.hintNumber(name, 0, 1, false)
	}
	return err
}

var (
	wantTags    = "at most " + strconv.Itoa(maxTags) + " tags of 1 to " + strconv.Itoa(maxHint) + " bytes"
	wantProfile = "one of " + strings.Join(Profiles, ", ")
	wantHint    = "at most " + strconv.Itoa(maxHint) + " bytes"
)
