package envoyconfig

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// sample is a configuration with one of each: a name and an address, with TLS and without, keys from the environment and
// literal, two parts, a mock, and a deployment that is not usable.
func sample() *Input {
	said := func(id, credential string) abi.Deployment {
		return abi.Deployment{ID: id, Provider: "openai", Model: "m", Cluster: "routeiq_" + id, Credential: credential, Authority: id + ".test",
			Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}}
	}
	hello := "hello"
	mock := said("mock", "")
	mock.Cluster, mock.Mock = abi.MockCluster, &hello
	unset := said("unset", "unset")
	unset.Unconfigured = "UNSET is not set"
	return &Input{
		Config: abi.Config{
			Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: "0123456789ab",
			Groups: []abi.ModelGroup{{Name: "g", Strategy: abi.StrategyRef{Name: abi.DefaultStrategy}, WhenAllOpen: abi.WhenAllOpenRefuse, Deployments: []abi.Deployment{
				said("name", "name"), said("address", "address"), said("plain", ""), said("insecure", "two"), mock, unset,
			}}},
			Limits: abi.Limits{MaxBodyBytes: 1000}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, Health: abi.Health{MinModels: abi.DefaultMinModels}, OnError: abi.OnErrorDeny,
		},
		Clusters: []abi.Cluster{
			{Name: "routeiq_name", Scheme: "https", Host: "api.openai.test", Port: 443, ConnectTimeoutMS: 3000},
			{Name: "routeiq_address", Scheme: "https", Host: "192.0.2.7", Port: 8443},
			{Name: "routeiq_plain", Scheme: "http", Host: "localhost", Port: 8000},
			{Name: "routeiq_insecure", Scheme: "https", Host: "lab.test", Port: 443, InsecureTLS: true},
			{Name: "routeiq_unset", Scheme: "https", Host: "unset.test", Port: 443},
		},
		Credentials: []abi.Credential{
			{Name: "name", Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Env: "NAME_KEY", Value: "sk-of-this-process"}}}},
			{Name: "address", Parts: []abi.CredentialPart{{Header: "x-api-key", Secret: abi.Secret{Value: "sk-literal"}}}},
			{Name: "two", Parts: []abi.CredentialPart{
				{Header: "api-key", Secret: abi.Secret{Env: "TWO_KEY"}}, {Header: "x-goog-api-key", Secret: abi.Secret{Env: "NAME_KEY"}},
			}},
			{Name: "unset", Parts: []abi.CredentialPart{{Header: "authorization", Secret: abi.Secret{Env: "UNSET"}}}},
		},
		Listen: Address{"127.0.0.1", 10000}, Admin: Address{"127.0.0.1", 9901},
		Module: "routeiq.wasm", CABundle: DefaultCABundle,
	}
}

func checked(t *testing.T) *Input {
	t.Helper()
	in := sample()
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	return in
}
