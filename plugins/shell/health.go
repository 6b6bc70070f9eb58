package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/health"
)

// health answers the health paths. Whether the proxy is about to end is not for a module to know.
func (c *router) health() types.Action {
	c.replied, c.status = true, 200
	known := health.Input{
		Config: c.plugin.config, Circuits: c.plugin.board.Circuits(), NowMS: c.beganMS, RequestID: c.headers.requestID,
	}
	body := []byte(`{"status":"alive","service":"routeiq"}`)
	switch c.call.Op {
	case dialect.OpReady:
		c.status, body = health.Ready(known)
	case dialect.OpHealthModels:
		body = health.Models(known)
	}
	reply(c.status, jsonType, body)
	return types.ActionPause
}
