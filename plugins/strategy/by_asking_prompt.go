package strategy

import (
	"errors"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/inquiry"
)

// What a prompt has in its slots.
const (
	slotQuery        = "{query}"        // the request's words
	slotModels       = "{models}"       // the labels
	slotDescriptions = "{descriptions}" // a line for each label
)

// lacksSlot refuses a prompt that was given without a slot that it needs.
func lacksSlot(a abi.Args, name, slot string) []error {
	if p := a.Text(name); p == "" || strings.Contains(p, slot) {
		return nil
	}
	return []error{errors.New(name + ": has no " + slot + ", expected it where that is to stand")}
}

// filled is the prompt with what stands in its slots: names of slots and their texts in turn. What a text brings is no slot.
func (s byAsking) filled(q *inquiry.Question, slots ...string) string {
	slots = append(slots, slotQuery, q.Query, slotModels, strings.Join(q.Labels, ", "), slotDescriptions, s.described(q.Labels))
	return strings.NewReplacer(slots...).Replace(s.prompt)
}

// described is a line for each label: its name, and what is said of it.
func (s byAsking) described(labels []string) string {
	var b strings.Builder
	for i, label := range labels {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(label)
		if row := abi.RowOf(s.descriptions, label); row != nil {
			b.WriteString(": " + strings.Join(row.Values, " "))
		}
	}
	return b.String()
}

// once asks one thing.
func (s byAsking) once(answers []string, p inquiry.Prompt) (inquiry.Prompt, bool) {
	p.MaxTokens = s.maxTokens
	return p, len(answers) == 0
}

// user is a prompt of one message.
func user(text string) []inquiry.Message { return []inquiry.Message{{Role: inquiry.User, Text: text}} }
