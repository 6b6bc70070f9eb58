package shell

import (
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
)

const jsonType = "application/json"

// reply answers the client from here, with a body of the given type.
func reply(status int, contentType string, body []byte, headers ...[2]string) {
	all := append([][2]string{{"content-type", contentType}}, headers...)
	if err := proxywasm.SendHttpResponse(uint32(status), all, body, -1); err != nil {
		proxywasm.LogError("routeiq: answer not sent: " + err.Error())
	}
}

// refuse answers with an error in the dialect of the API called.
func refuse(api abi.API, r *abi.Refusal, requestID string, headers ...[2]string) {
	if r.RetryAfterMS > 0 {
		headers = append(headers, [2]string{"retry-after", seconds(r.RetryAfterMS)})
	}
	reply(r.Status, jsonType, dialect.ErrorBody(api, r, requestID), headers...)
}

// sendPlain answers where nothing is known of the request.
func sendPlain(status int, code string) {
	refuse(abi.APIChat, &abi.Refusal{Status: status, Code: code, Message: "The gateway could not handle the request."}, "")
}

// seconds rounds up: to come back too early helps nobody.
func seconds(ms int) string { return strconv.Itoa((ms + 999) / 1000) }
