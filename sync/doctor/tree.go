package doctor

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// tree is a JSON object as encoding/json reads it. Configurations are read as trees first: an Envoy, and a file that a person
// wrote, hold extensions that this build does not know, and one such must not hide the rest.
type tree = map[string]any

// get returns a member by its name in snake case, written like that or in camel case: Envoy takes both.
func get(t tree, name string) any {
	if v, ok := t[name]; ok {
		return v
	}
	var camel strings.Builder
	for i, part := range strings.Split(name, "_") {
		if i > 0 && part != "" {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		camel.WriteString(part)
	}
	return t[camel.String()]
}

// child returns a member that is an object; nil when it is none.
func child(t tree, name string) tree {
	c, _ := get(t, name).(tree)
	return c
}

// children returns a member that is a list of objects; what is no object is nil in it, so that indexes stay.
func children(t tree, name string) []tree {
	list, _ := get(t, name).([]any)
	all := make([]tree, len(list))
	for i, v := range list {
		all[i], _ = v.(tree)
	}
	return all
}

// text returns a member that is a text.
func text(t tree, name string) string {
	s, _ := get(t, name).(string)
	return s
}

// decode reads a tree into a message. Members it does not know are left out, and so are extensions this build does not link.
func decode(t any, into proto.Message) error {
	if _, ok := t.(tree); !ok {
		return errors.New("is no object")
	}
	encoded, err := json.Marshal(known(t))
	if err != nil {
		return errors.New("is no JSON") // the error may quote a value
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(encoded, into); err != nil {
		return fmt.Errorf("%s; `envoy --mode validate` says more", withoutValue(err))
	}
	return nil
}

// fieldOf finds the field in an error of protojson.
var fieldOf = regexp.MustCompile(`invalid value for \w+ field (\w+)`)

// withoutValue says what an error of protojson says, but the value, which may be a secret.
func withoutValue(err error) string {
	if m := fieldOf.FindStringSubmatch(err.Error()); m != nil {
		return "the value of " + m[1] + " is not of its type"
	}
	return "a member is not of its type"
}

const (
	typeMember = "@type"
	structURL  = "type.googleapis.com/google.protobuf.Struct"
)

// wrappers carry a message of another type as a struct: control planes that do not link a type use them.
var wrappers = []string{
	"type.googleapis.com/udpa.type.v1.TypedStruct", "type.googleapis.com/xds.type.v3.TypedStruct",
}

// known returns the tree with every typed object that protojson cannot resolve turned into a google.protobuf.Struct, and
// every wrapped one unwrapped.
func known(v any) any {
	switch v := v.(type) {
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = known(v[i])
		}
		return all
	case tree:
		if slices.Contains(wrappers, text(v, typeMember)) {
			inner := tree{typeMember: text(v, "type_url")}
			for k, m := range child(v, "value") {
				inner[k] = m
			}
			return known(inner)
		}
		if url, ok := v[typeMember].(string); ok && !linked(url) {
			return tree{typeMember: structURL, "value": v}
		}
		all := make(tree, len(v))
		for k, m := range v {
			all[k] = known(m)
		}
		return all
	}
	return v
}

func linked(url string) bool {
	_, err := protoregistry.GlobalTypes.FindMessageByURL(url)
	return err == nil
}

const redacted = "[redacted]"

// secretMembers hold secrets, and nothing that a check needs but which kind of source it is.
var secretMembers = []string{"generic_secret", "tls_certificate", "tls_certificates", "session_ticket_keys", "password", "token_secret"}

// redact takes the values of secrets out of a tree, in place.
func redact(v any) {
	switch v := v.(type) {
	case []any:
		for _, m := range v {
			redact(m)
		}
	case tree:
		for k, m := range v {
			if slices.ContainsFunc(secretMembers, func(name string) bool { return k == name || strings.EqualFold(k, strings.ReplaceAll(name, "_", "")) }) {
				v[k] = blank(m)
				continue
			}
			if k == "key_values" || k == "keyValues" { // of a VM's environment
				v[k] = nil
				continue
			}
			redact(m)
		}
		redactHeader(v)
	}
}

// redactHeader takes out the value of a header that is set literally.
func redactHeader(t tree) {
	if key, ok := t["key"].(string); ok && isCredentialHeader(key) {
		for _, name := range []string{"value", "raw_value", "rawValue"} {
			if t[name] != nil {
				t[name] = blankText(name)
			}
		}
	}
}

// blank returns a tree with every text below inline members replaced.
func blank(v any) any {
	switch v := v.(type) {
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = blank(v[i])
		}
		return all
	case tree:
		all := make(tree, len(v))
		for k, m := range v {
			switch m.(type) {
			case tree, []any:
				all[k] = blank(m)
			default:
				all[k] = m
				if strings.HasPrefix(k, "inline") {
					all[k] = blankText(k)
				}
			}
		}
		return all
	}
	return redacted
}

// blankText is what stands for a secret: of bytes it must be base64.
func blankText(member string) string {
	if strings.Contains(strings.ToLower(member), "bytes") || strings.HasPrefix(member, "raw") {
		return base64.StdEncoding.EncodeToString([]byte(redacted))
	}
	return redacted
}
