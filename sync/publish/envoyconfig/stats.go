package envoyconfig

import (
	metricsv3 "github.com/envoyproxy/go-control-plane/envoy/config/metrics/v3"

	"github.com/routeiq/routeiq/abi"
)

// Stats takes the labels out of the module's metrics: wasmcustom.NAME;label=value becomes NAME with the tag
// label=value, in Prometheus' text and in every sink.
func Stats() *metricsv3.StatsConfig {
	c := &metricsv3.StatsConfig{}
	for _, label := range abi.MetricLabels {
		c.StatsTags = append(c.StatsTags, &metricsv3.TagSpecifier{
			TagName: label,
			// The outer group is what is taken out of the name, the inner one is the tag's value.
			TagValue: &metricsv3.TagSpecifier_Regex{Regex: `^wasmcustom\.routeiq_[^;]*(?:;[^;]*)*?(;` + label + `=([^;]*))`},
		})
	}
	return c
}
