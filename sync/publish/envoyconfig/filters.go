package envoyconfig

import (
	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	gzipv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/compression/gzip/decompressor/v3"
	decompressorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/decompressor/v3"
	headermutationv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	codecv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/upstream_codec/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

// Filters returns the HTTP filters of the listener, in the order a request meets them.
func Filters(in *Input) ([]*hcmv3.HttpFilter, error) {
	router, err := RouterFilter(in)
	if err != nil {
		return nil, err
	}
	filters := []*hcmv3.HttpFilter{router, decompressor(), last(AttemptFilters(in))}
	if len(in.CORS.Origins) > 0 {
		filters = append([]*hcmv3.HttpFilter{corsFilter()}, filters...)
	}
	return filters, nil
}

// last is Envoy's own router, which makes the attempts.
func last(attempt []*hcmv3.HttpFilter) *hcmv3.HttpFilter {
	return filter("envoy.filters.http.router", &routerv3.Router{
		// Nothing of Envoy's own goes into answers or to upstreams.
		SuppressEnvoyHeaders: true,
		UpstreamHttpFilters:  attempt,
	})
}

// AttemptFilters returns the filters that each attempt passes.
func AttemptFilters(in *Input) []*hcmv3.HttpFilter {
	filters := append([]*hcmv3.HttpFilter{AdapterFilter(in)}, CredentialFilters(in)...)
	return append(filters, strip(), codec())
}

// codec is the last of the filters that an attempt passes.
func codec() *hcmv3.HttpFilter {
	return filter("envoy.filters.http.upstream_codec", &codecv3.UpstreamCodec{})
}

// decompressor decodes a gzip answer on its way to the router role, which reads usage from it. Upstreams are asked for
// unencoded answers; this is for one that encodes all the same. Envoy has no such filter for upstreams.
func decompressor() *hcmv3.HttpFilter {
	const requests, answers = "routeiq.decompress_requests", "routeiq.decompress_answers"
	enabled := func(key string, on bool) *decompressorv3.Decompressor_CommonDirectionConfig {
		return &decompressorv3.Decompressor_CommonDirectionConfig{
			Enabled: &corev3.RuntimeFeatureFlag{DefaultValue: wrapperspb.Bool(on), RuntimeKey: key},
		}
	}
	return filter("envoy.filters.http.decompressor", &decompressorv3.Decompressor{
		DecompressorLibrary:     extension("gzip", &gzipv3.Gzip{}),
		RequestDirectionConfig:  &decompressorv3.Decompressor_RequestDirectionConfig{CommonConfig: enabled(requests, false)},
		ResponseDirectionConfig: &decompressorv3.Decompressor_ResponseDirectionConfig{CommonConfig: enabled(answers, true)},
	})
}

// strip takes off what no upstream may see: our own headers, Envoy's, and those that tell of the client's connection.
func strip() *hcmv3.HttpFilter {
	var mutations []*mutationv3.HeaderMutation
	for _, prefix := range []string{abi.HeaderPrefix, "x-envoy-", "x-forwarded-"} {
		mutations = append(mutations, &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_RemoveOnMatch_{
			RemoveOnMatch: &mutationv3.HeaderMutation_RemoveOnMatch{
				KeyMatcher: &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Prefix{Prefix: prefix}},
			},
		}})
	}
	return filter("strip", &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{RequestMutations: mutations}})
}

func filter(name string, config proto.Message) *hcmv3.HttpFilter {
	return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: pack(config)}}
}
