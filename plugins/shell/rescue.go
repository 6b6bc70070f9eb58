package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
)

// rescue is deferred in every callback: a panic costs one request an error, not the worker its VM. It is the one place
// where the failure policy is applied to a callback; that of a decision is in decide.
func rescue(what string, action *types.Action) {
	if r := recover(); r != nil {
		proxywasm.LogCritical("routeiq: panic in " + what + ": " + describe(r))
		if action != nil {
			*action = types.ActionPause
			sendPlain(503, "module_failed")
		}
	}
}

// rescueAnswer is rescue for the callbacks of an answer: where the policy says continue, what is left of the answer is
// passed on unread.
func (a *adapter) rescueAnswer(what string, action *types.Action) {
	r := recover()
	if r == nil {
		return
	}
	proxywasm.LogCritical("routeiq: panic in " + what + ": " + describe(r))
	if a.stream.router.Config().OnError == abi.OnErrorContinue {
		a.answer, a.held = nil, false
		a.stream.pass()
		a.progress().settle(abi.ClassMalformed, "module_failed")
		*action = types.ActionContinue
		return
	}
	*action = types.ActionPause
	sendPlain(503, "module_failed")
}
