package doctor

import (
	"time"

	"github.com/routeiq/routeiq/abi"
)

// Part is a thing that can be looked at.
type Part string

// The parts, in the order in which a report names them.
const (
	PartProxy     Part = "Envoy's configuration"
	PartLive      Part = "the running Envoy"
	PartModule    Part = "the module's file"
	PartSource    Part = "the source"
	PartAgent     Part = "the agent"
	PartDatabase  Part = "the database"
	PartUpstreams Part = "the upstreams"
)

// how says what to give so that a part is looked at.
var how = map[Part]string{
	PartProxy:     "give --envoy URL or --file FILE",
	PartLive:      "give --envoy URL",
	PartModule:    "give --module FILE",
	PartSource:    "give --config URL",
	PartAgent:     "give --agent URL",
	PartDatabase:  "give --database URL",
	PartUpstreams: "give --upstreams, which connects to each",
}

// Subject is all that is looked at. What is nil was not given.
type Subject struct {
	Proxies   []*Proxy
	Module    *Module
	Source    *Source
	Agent     *Agent
	Database  *Database
	Upstreams *Upstreams

	Failed []Failure                         // what was given and could not be read
	Getenv func(name string) (string, bool)  // the environment here
	Read   func(path string) ([]byte, error) // files here: modules and authorities that a configuration names
	Now    func() time.Time
}

// Failure is something that was given and could not be read.
type Failure struct {
	Part   Part
	Origin string // without secrets
	Err    error  // without secrets
}

// Source is a configuration as its source has it now, compiled.
type Source struct {
	Origin string // without secrets
	// Revisions are those that the document may have: with the variables that are set here, and with all set.
	Revisions []string
	Config    abi.Config
	Unset     map[string][]string // by deployment, the variables that are not set here
}

// Database is what a database says of itself.
type Database struct {
	Origin        string // without secrets
	Compared      bool   // the schema was compared with this build's: false for a file, which the agent that opens it migrates
	Schema, Build int64  // where they differ: the version of the schema, and the one this build needs
	// Active are the revisions that the active document may have: with the variables that are set here, and with all set.
	// Empty: none is active.
	Active []string
}

// has tells whether a part was given and could be read.
func (s *Subject) has(p Part) bool {
	switch p {
	case PartProxy:
		return len(s.Proxies) > 0
	case PartLive:
		for _, p := range s.Proxies {
			if p.Live != nil {
				return true
			}
		}
		return false
	case PartModule:
		return s.Module != nil
	case PartSource:
		return s.Source != nil
	case PartAgent:
		return s.Agent != nil
	case PartDatabase:
		return s.Database != nil
	}
	return s.Upstreams != nil
}

// looked says what was looked at.
func (s *Subject) looked() []string {
	var all []string
	for _, p := range s.Proxies {
		if p.Live != nil {
			all = append(all, "Envoy "+p.Live.Version+" at "+p.Origin)
		} else {
			all = append(all, p.Origin)
		}
	}
	if s.Module != nil {
		all = append(all, s.Module.Origin+", sha256 "+s.Module.SHA256)
	}
	if s.Source != nil {
		all = append(all, s.Source.Origin+", revision "+s.Source.Config.Revision)
	}
	if s.Agent != nil {
		all = append(all, "the agent at "+s.Agent.Origin)
	}
	if s.Database != nil {
		all = append(all, "the database "+s.Database.Origin)
	}
	return all
}
