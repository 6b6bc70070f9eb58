package envoyconfig

import (
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	streamv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/stream/v3"

	"github.com/routeiq/routeiq/abi"
)

// logLine is one line of JSON a request. It is a text format, since Envoy's JSON format would put the module's decision,
// which is JSON itself, into a quoted string. So it names only what cannot hold a quote: no path and no header of a client; the
// decision has the request's id. The decision stands in a list, which is empty when the module did not get to decide:
// the line is JSON then, too.
const logLine = `{"time":"%START_TIME%",` +
	`"status":%RESPONSE_CODE%,"flags":"%RESPONSE_FLAGS%","details":"%RESPONSE_CODE_DETAILS%",` +
	`"protocol":"%PROTOCOL%","cluster":"%UPSTREAM_CLUSTER%","upstream":"%UPSTREAM_HOST%","attempts":%UPSTREAM_REQUEST_ATTEMPT_COUNT%,` +
	`"duration_ms":%DURATION%,"request_bytes":%BYTES_RECEIVED%,"response_bytes":%BYTES_SENT%,` +
	`"decision":[%FILTER_STATE(` + abi.FilterStatePrefix + abi.PropertyDecision + `:PLAIN)%]}` + "\n"

// AccessLog returns the log of requests: a line a request on Envoy's standard output.
func AccessLog() []*accesslogv3.AccessLog {
	return []*accesslogv3.AccessLog{{
		Name: "envoy.access_loggers.stdout",
		ConfigType: &accesslogv3.AccessLog_TypedConfig{TypedConfig: pack(&streamv3.StdoutAccessLog{
			AccessLogFormat: &streamv3.StdoutAccessLog_LogFormat{LogFormat: &corev3.SubstitutionFormatString{
				Format: &corev3.SubstitutionFormatString_TextFormatSource{TextFormatSource: &corev3.DataSource{
					Specifier: &corev3.DataSource_InlineString{InlineString: logLine},
				}},
				OmitEmptyValues: true,
			}},
		})},
	}}
}
