package strategy

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// byThreshold is what strategies have in common that choose between two labels by a threshold.
type byThreshold struct {
	byModel
	threshold float64 // below 0: the artifact's
	share     float64 // 0: it is not asked for
	follows   bool
}

var _ routing.Calibrated = byThreshold{}

var thresholdParams = []routing.Param{
	number("threshold", -1, 1, -1, "from where on the artifact's first label is chosen; below 0: the artifact's own"),
	number("share", 0, 1, 0, "the share of requests that the first label is to get, in place of a threshold: the one that gave it so many of the training queries; 0: the threshold holds"),
	{Name: "follow_traffic", Type: routing.Flag, About: "whether share is held for what is asked, as each worker sees it, in place of the training queries, once 200 requests have come"},
}

func byThresholdOf(m byModel, a abi.Args) byThreshold {
	return byThreshold{m, a.Number("threshold"), a.Number("share"), a.Flag("follow_traffic")}
}

// Calibration implements routing.Calibrated.
func (s byThreshold) Calibration() routing.Calibration {
	return routing.Calibration{Threshold: s.threshold, Share: s.share, Follows: s.follows}
}
