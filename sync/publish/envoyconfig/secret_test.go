package envoyconfig

import (
	"reflect"
	"testing"
)

func TestSecrets(t *testing.T) {
	got := map[string]string{}
	for _, s := range Secrets(checked(t)) {
		source := s.GetGenericSecret().Secret
		got[s.Name] = "env " + source.GetEnvironmentVariable()
		if text := source.GetInlineString(); text != "" {
			got[s.Name] = "inline " + text
		}
	}
	expected := map[string]string{"address": "inline sk-literal", "name": "env NAME_KEY", "two": "env TWO_KEY", "two/2": "env NAME_KEY"}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("got %v, expected %v", got, expected)
	}
}

func TestVariablesAndLiterals(t *testing.T) {
	in := checked(t)
	if got, expected := Variables(in), map[string][]string{"NAME_KEY": {"name", "two"}, "TWO_KEY": {"two"}}; !reflect.DeepEqual(got, expected) {
		t.Errorf("variables: got %v, expected %v", got, expected)
	}
	if got, expected := Literals(in), []string{"address"}; !reflect.DeepEqual(got, expected) {
		t.Errorf("literals: got %v, expected %v", got, expected)
	}
}
