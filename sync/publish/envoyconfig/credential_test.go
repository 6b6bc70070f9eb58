package envoyconfig

import (
	"maps"
	"slices"
	"testing"

	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	compositev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/composite/v3"
	injectorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/credential_injector/v3"
	genericv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/injected_credentials/generic/v3"
)

// TestCredentialFilters: each part of each credential is put on by one filter, from its own secret, into its own header.
func TestCredentialFilters(t *testing.T) {
	type injected struct{ secret, header, prefix string }
	expected := []map[string]injected{
		{"name": {"name", "authorization", "Bearer "}, "address": {"address", "x-api-key", ""}, "two": {"two", "api-key", ""}},
		{"two": {"two/2", "x-goog-api-key", ""}},
	}
	filters := CredentialFilters(checked(t))
	if len(filters) != len(expected) {
		t.Fatalf("%d filters, expected %d", len(filters), len(expected))
	}
	for i, f := range filters {
		var matching matchingv3.ExtensionWithMatcher
		if err := f.GetTypedConfig().UnmarshalTo(&matching); err != nil {
			t.Fatal(err)
		}
		got := map[string]injected{}
		for name, match := range matching.XdsMatcher.GetMatcherTree().GetExactMatchMap().Map {
			var execute compositev3.ExecuteFilterAction
			var injector injectorv3.CredentialInjector
			var generic genericv3.Generic
			if err := match.GetAction().TypedConfig.UnmarshalTo(&execute); err != nil {
				t.Fatal(err)
			}
			if err := execute.TypedConfig.TypedConfig.UnmarshalTo(&injector); err != nil {
				t.Fatal(err)
			}
			if err := injector.Credential.TypedConfig.UnmarshalTo(&generic); err != nil {
				t.Fatal(err)
			}
			if !injector.Overwrite || injector.AllowRequestWithoutCredential {
				t.Errorf("%s: may leave another key, or none", name)
			}
			got[name] = injected{generic.Credential.Name, generic.Header, generic.HeaderValuePrefix}
		}
		if !maps.Equal(got, expected[i]) {
			t.Errorf("filter %d: got %v, expected %v", i, got, expected[i])
		}
	}
	var none []string
	in := sample()
	in.Credentials, in.Config.Groups[0].Deployments = nil, in.Config.Groups[0].Deployments[2:3]
	for _, f := range CredentialFilters(in) {
		none = append(none, f.Name)
	}
	if !slices.Equal(none, nil) {
		t.Errorf("without credentials: %q", none)
	}
}
