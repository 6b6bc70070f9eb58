package logline

import "github.com/routeiq/routeiq/abi"

// inquiry writes what a language model was asked, and what came of it.
func (w *writer) inquiry(i *abi.Inquiry) {
	w.text("judge", i.Judge)
	w.int("judge_calls", int64(i.Calls))
	w.int("judge_ms", i.MS)
	w.float("judge_usd", i.USD)
	w.text("concluded", i.Concluded)
}

func (p *parser) inquiry(key string, i *abi.Inquiry) error {
	switch key {
	case "judge":
		return text(p.r, &i.Judge)
	case "judge_calls":
		return number(p.r, &i.Calls)
	case "judge_ms":
		return number(p.r, &i.MS)
	case "judge_usd":
		return float(p.r, &i.USD)
	}
	return text(p.r, &i.Concluded)
}
