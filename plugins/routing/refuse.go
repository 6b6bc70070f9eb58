package routing

import (
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/limit"
)

func refuseUnknown(model string) *abi.Refusal {
	return &abi.Refusal{
		Status: 404, Code: "model_not_found", Param: "model",
		Message: "The model " + strconv.Quote(model) + " does not exist or you do not have access to it. GET /v1/models lists what there is.",
	}
}

func refusePinned() *abi.Refusal {
	return &abi.Refusal{
		Status: 404, Code: "response_not_found",
		Message: "The deployment that made this response is not configured any more.",
	}
}

// refuse says why nothing can serve the request. The request is at fault only if no deployment failed it for another
// reason: a breaker that is open says nothing about the request.
func (r *Router) refuse(q *abi.Request, asked target, left []abi.LeftOut, circuits breaker.Table) *abi.Refusal {
	count := map[abi.Reason]int{}
	for _, l := range left {
		count[l.Reason]++
	}
	full := count[abi.ReasonRPM] + count[abi.ReasonTPM] + count[abi.ReasonParallel]
	switch {
	case count[abi.ReasonOpen]+count[abi.ReasonProbing] > 0:
		return &abi.Refusal{
			Status: 503, Code: "no_deployment_available", RetryAfterMS: r.soonest(q, left, circuits),
			Message: "Every deployment of " + strconv.Quote(asked.name) + " is failing and paused. Try again later.",
		}
	case full+count[abi.ReasonRateLimited] > 0:
		return &abi.Refusal{
			Status: 429, Code: "rate_limit_exceeded", RetryAfterMS: r.soonest(q, left, circuits),
			Message: "Every deployment of " + strconv.Quote(asked.name) + " is at its limit. Try again later.",
		}
	case count[abi.ReasonBudget] > 0:
		return &abi.Refusal{
			Status: 429, Code: "provider_budget_exceeded", RetryAfterMS: r.soonest(q, left, circuits),
			Message: "The budget of every provider of " + strconv.Quote(asked.name) + " is spent. Try again in the next period.",
		}
	case count[abi.ReasonTags] > 0:
		return &abi.Refusal{
			Status: 400, Code: "no_deployment_for_tags", Param: "metadata.tags",
			Message: "No deployment of " + strconv.Quote(asked.name) + " has the tags the request asks for, and none is tagged default: " + strings.Join(q.Tags, ", ") + ".",
		}
	case count[abi.ReasonRegion] > 0:
		return &abi.Refusal{
			Status: 400, Code: "no_deployment_in_region", Param: "allowed_model_region",
			Message: "No deployment of " + strconv.Quote(asked.name) + " is stated to run in " + strconv.Quote(q.Region) + ".",
		}
	case count[abi.ReasonContext] > 0:
		return &abi.Refusal{
			Status: 400, Code: "context_length_exceeded", Param: "messages",
			Message: "The input has about " + strconv.Itoa(q.InputTokens) + " tokens, more than any deployment of " + strconv.Quote(asked.name) + " takes.",
		}
	case count[abi.ReasonCapability] > 0:
		return &abi.Refusal{
			Status: 400, Code: "unsupported_capability",
			Message: "No deployment of " + strconv.Quote(asked.name) + " can do what the request needs: " + strings.Join(q.Needs, ", ") + ".",
		}
	case count[abi.ReasonPinned] > 0:
		return refusePinned()
	case count[abi.ReasonAPI] > 0:
		return refuseAPI(q.API, asked)
	default:
		return &abi.Refusal{
			Status: 503, Code: "no_deployment_configured", RetryAfterMS: noHurryMS,
			Message: "No deployment of " + strconv.Quote(asked.name) + " is configured: its credentials are not set.",
		}
	}
}

// noHurryMS is Retry-After where only an operator can mend it.
const noHurryMS = 60_000

// refuseAPI says with which APIs the group can be called.
func refuseAPI(called abi.API, asked target) *abi.Refusal {
	var can []string
	for _, api := range abi.APIs {
		for _, p := range asked.deployments {
			if p.Unconfigured == "" && pathOf(p, api) != nil {
				can = append(can, api.Path())
				break
			}
		}
	}
	msg := "The model " + strconv.Quote(asked.name) + " cannot be called with " + called.Path()
	if len(can) > 0 {
		msg += "; it can be called with " + strings.Join(can, " or ")
	}
	return &abi.Refusal{Status: 400, Code: "unsupported_api", Param: "model", Message: msg + "."}
}

// soonest returns the time until the first of the deployments that were left out takes requests again, at least a second.
func (r *Router) soonest(q *abi.Request, left []abi.LeftOut, circuits breaker.Table) int {
	best := int64(0)
	for _, l := range left {
		var wait int64
		switch l.Reason {
		case abi.ReasonOpen, abi.ReasonRateLimited, abi.ReasonProbing:
			if c := circuits.Find(l.Deployment); c != nil {
				wait = c.UntilMS - q.NowMS
			}
		case abi.ReasonBudget:
			wait = r.renewed(l.Deployment, q.NowMS)
		case abi.ReasonRPM, abi.ReasonTPM, abi.ReasonParallel:
			_, wait = r.limits.Full(l.Deployment, limit.Of(r.deployment(l.Deployment)), q.InputTokens, q.NowMS)
		default:
			continue
		}
		if wait = max(wait, 1000); best == 0 || wait < best {
			best = wait
		}
	}
	return int(max(best, 1000))
}

func refuseOverCapacity(most int) *abi.Refusal {
	return &abi.Refusal{
		Status: 503, Code: "over_capacity", RetryAfterMS: 1000,
		Message: "The gateway handles " + strconv.Itoa(most) + " requests at one time already (limits.max_concurrent_requests). Try again soon.",
	}
}
