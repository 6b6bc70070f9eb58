package routing

import (
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// routerName reads a model's name as RouteLLM's clients write it: router-NAME-THRESHOLD, cut at the first two '-'. cut is nil where the
// threshold is no number from 0 to 1.
func routerName(model string) (router string, cut *float64, ok bool) {
	rest, ok := strings.CutPrefix(model, "router-")
	if !ok {
		return "", nil, false
	}
	router, text, ok := strings.Cut(rest, "-")
	if v, err := strconv.ParseFloat(text, 64); err == nil && v >= 0 && v <= 1 {
		cut = &v
	}
	return router, cut, ok
}

// refuseThreshold refuses a name whose router there is, for its threshold; nil: it is none.
func (r *Router) refuseThreshold(model string) *abi.Refusal {
	router, cut, ok := routerName(model)
	if !ok || cut != nil || r.routers[router] == nil {
		return nil
	}
	return &abi.Refusal{
		Status: 400, Code: "invalid_threshold", Param: "model",
		Message: "The model " + strconv.Quote(model) + " must end in a threshold from 0 to 1, as in router-" + router + "-0.5.",
	}
}
