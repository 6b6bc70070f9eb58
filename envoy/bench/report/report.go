package report

import "time"

// Report is a whole run.
type Report struct {
	Machine  []Fact // cores, processor, versions, date
	Command  string // repeats the run
	Settings string // rounds, lengths

	Direct []Row // the load generator straight at the upstream; Ours is empty
	Pairs  []Pair
	Dead   []Dead
	Starts []Start
	Notes  []string // errors in words, and what else a reader must know
}

// Fact is one line of the head.
type Fact struct{ Name, Value string }

// Pair is a proxy of ours beside the one it is measured against.
type Pair struct {
	Title      string
	Inside     string // the engine, as it stands after "in"
	Base, Ours string // names
	CPUGoal    float64
	Rows       []Row
	Split      []Part    // the way from Base to Ours; empty: not measured
	Hotspots   []Hotspot // of Ours; empty: not measured
}

// Row is one workload at one number of connections.
type Row struct {
	Text        string
	Workload    string // name
	Connections int
	Goal        bool // it is the workload the goals are about
	Base, Ours  Series
}

// Dead is a run with a first deployment that refuses every connection.
type Dead struct {
	Name        string
	Connections int
	Series      Series
}

// Start is how long a proxy takes from the start of its process to its first good answer, and what it holds at the end of
// the run.
type Start struct {
	Name      string
	Times     []time.Duration
	RSS, Peak int64         // bytes; 0: not measured
	Goal      time.Duration // 0: none
}

// Part is one step on the way from the proxy that ours is compared with, which is the first, to ours, which is the last.
// All of a way have the same loads.
type Part struct {
	Text  string
	Floor bool // the module in it decides nothing, and no module with the duties of ours could do less
	Loads []Load
}

// Load is what a part measured at one number of connections.
type Load struct {
	Connections int
	Series      Series
}

// Hotspot is where a proxy's processor time goes: the share of a part in all samples.
type Hotspot struct {
	Text  string
	Share float64
	CPU   time.Duration // of one request
}

// Goals of the product, where they are not a Pair's or a Start's own.
const (
	AddedP50 = 150 * time.Microsecond // at one connection
	Errors   = 0
)
