package dialect

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// settleHints puts together what was said in several places.
func (q *request) settleHints() error {
	h := &q.b.Hints
	for place := range q.hints {
		from := &q.hints[place]
		if h.Tags = union(h.Tags, from.Tags); len(h.Tags) > maxTags {
			return q.wrongValue(tagMembers[place], wantTags)
		}
		h.Region, h.Profile, h.Session = either(h.Region, from.Region), either(h.Profile, from.Profile), either(h.Session, from.Session)
		h.Rung, h.Confidence = either(h.Rung, from.Rung), either(h.Confidence, from.Confidence)
		h.CostWeight, h.QualityFloor = either(h.CostWeight, from.CostWeight), either(h.QualityFloor, from.QualityFloor)
	}
	h.listed = q.hints[hintsOwn].Tags != nil
	return nil
}

// either returns a, or b where a is not said.
func either[T comparable](a, b T) T {
	var unsaid T
	if a == unsaid {
		return b
	}
	return a
}

func union(tags, more []string) []string {
	for _, tag := range more {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// HintHeaders reads the values of the headers that say what a body's hints say, "" where one is absent; tags are divided by
// commas. A header's profile, region and session take the place of the body's. Its tags are put behind the body's, unless the
// body has "tags" of its own: then they are not read, as in LiteLLM. A value that cannot be meant is refused with status 400, and
// Param names the header.
func HintHeaders(h *Hints, tags, profile, region, session string) *abi.Refusal {
	if tags != "" && !h.listed {
		all := slices.Clip(h.Tags)
		for tag := range strings.SplitSeq(tags, ",") {
			if tag = strings.TrimSpace(tag); tag == "" {
				continue
			}
			all = union(all, []string{tag})
			if len(tag) > maxHint || len(all) > maxTags {
				return badHeader(abi.HeaderTags, wantTags)
			}
		}
		h.Tags = all
	}
	switch {
	case profile != "" && !slices.Contains(Profiles, profile):
		return badHeader(abi.HeaderProfile, wantProfile)
	case len(region) > maxHint:
		return badHeader(abi.HeaderRegion, wantHint)
	case len(session) > maxHint:
		return badHeader(abi.HeaderSession, wantHint)
	}
	h.Profile, h.Region, h.Session = either(profile, h.Profile), either(region, h.Region), either(session, h.Session)
	return nil
}

// Tell writes the hints into a request.
func (h *Hints) Tell(q *abi.Request) {
	q.Tags, q.Region, q.Profile, q.Session, q.Rung, q.Confidence = h.Tags, h.Region, h.Profile, h.Session, h.Rung, h.Confidence
	q.CostWeight, q.QualityFloor = h.CostWeight, h.QualityFloor
}
