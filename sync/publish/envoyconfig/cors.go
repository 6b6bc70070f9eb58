package envoyconfig

import (
	corsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/cors/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/cors"
)

const corsName = "envoy.filters.http.cors"

// corsFilter lets Envoy answer pages of other origins, as the route's policy says. It stands before our module, so that a
// page can read what the module refuses.
func corsFilter() *hcmv3.HttpFilter { return filter(corsName, &corsv3.Cors{}) }

// corsHeaders are what pages may send. Envoy's filter does not give back what is asked for, and "*" leaves out
// Authorization: so they are named, as OpenAI's and Anthropic's own clients in a browser send them.
const corsHeaders = "authorization, x-api-key, api-key, content-type, accept, x-request-id, " +
	"anthropic-version, anthropic-beta, anthropic-dangerous-direct-browser-access, openai-organization, openai-project, openai-beta, " +
	"x-stainless-arch, x-stainless-lang, x-stainless-os, x-stainless-package-version, x-stainless-retry-count, x-stainless-runtime, " +
	"x-stainless-runtime-version, x-stainless-timeout, x-stainless-helper-method, " +
	abi.HeaderNumRetries + ", " + abi.HeaderTimeout + ", " + abi.HeaderStreamTimeout

// corsPolicy is what the routes' host says of pages; nil: none may call.
func corsPolicy(c abi.CORS) map[string]*anypb.Any {
	if len(c.Origins) == 0 {
		return nil
	}
	p := &corsv3.CorsPolicy{
		AllowMethods: cors.Methods, AllowHeaders: corsHeaders, ExposeHeaders: cors.Exposed, MaxAge: cors.MaxAge,
		AllowCredentials: wrapperspb.Bool(c.Credentials),
	}
	for _, origin := range c.Origins {
		p.AllowOriginStringMatch = append(p.AllowOriginStringMatch, &matcherv3.StringMatcher{
			MatchPattern: &matcherv3.StringMatcher_Exact{Exact: origin}, IgnoreCase: origin != "*",
		})
	}
	return map[string]*anypb.Any{corsName: pack(p)}
}
