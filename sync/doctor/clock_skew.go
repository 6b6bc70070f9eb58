package doctor

import "time"

// Clocks. A Date header has whole seconds; AWS refuses a signature that is five minutes off.
const (
	skewAllowed = 5 * time.Second
	skewRefused = 5 * time.Minute
)

// clockSkew: breakers, leases and signatures compare times of several machines.
var clockSkew = Check{
	ID: "clock-skew", Severity: Error,
	Says: "The clock of Envoy or of the agent is off ours: a warning from 5 s, an error from 5 min, where signatures are refused.",
	look: func(x *examination) {
		look := func(where string, theirs, asked, answered time.Time) {
			if theirs.IsZero() {
				x.skip(where, "its answers have no Date header")
				return
			}
			off := skew(theirs, asked, answered)
			const do = "let both machines take their time from NTP"
			switch {
			case off.Abs() >= skewRefused:
				x.find(where, do, "its clock is %s off ours: signed requests are refused", off.Round(time.Second))
			case off.Abs() >= skewAllowed:
				x.findAs(Warning, where, do, "its clock is %s off ours", off.Round(time.Second))
			}
		}
		for _, p := range x.subject.Proxies {
			if p.Live != nil {
				look(p.Origin, p.Live.Date, p.Live.Asked, p.Live.Answer)
			}
		}
		if a := x.subject.Agent; a != nil {
			look(a.Origin, a.Date, a.Asked, a.Answer)
		}
	},
}

// skew returns how far their clock is ahead of ours at least: their date means a whole second, and was taken at some moment
// between our question and their answer.
func skew(theirs, asked, answered time.Time) time.Duration {
	switch {
	case theirs.After(answered):
		return theirs.Sub(answered)
	case theirs.Add(time.Second).Before(asked):
		return theirs.Add(time.Second).Sub(asked)
	}
	return 0
}
