package doctor

import "strings"

// unreadable: what was given and cannot be read is itself what is wrong.
var unreadable = Check{
	ID: "unreadable", Severity: Error,
	Says: "Something that was given cannot be read or reached.",
	look: func(x *examination) {
		for _, f := range x.subject.Failed {
			x.find(f.Origin, "correct the address or the content; nothing of it was looked at", "%s: %s", f.Part, strings.ReplaceAll(f.Err.Error(), "\n", "; "))
		}
	},
}
