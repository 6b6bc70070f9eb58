package abi

// StrategyRef names the strategy that orders a group's deployments, and what it is told.
type StrategyRef struct {
	Name      string `json:"name"`                // the one that runs
	Args      Args   `json:"args,omitempty"`      // those that were given; the others have their defaults
	Requested string `json:"requested,omitempty"` // the one that was configured, when another stands in for it
}

// Args are a strategy's arguments. Which there are, and what values they can have, the strategy says.
type Args []Arg

// Arg is one argument: a number, a text, or rows; true is the number 1.
type Arg struct {
	Name   string  `json:"name"`
	Number float64 `json:"number,omitempty"`
	Text   string  `json:"text,omitempty"`
	Rows   []Row   `json:"rows,omitempty"`
}

// Row is one line of an argument that is a table. The order of rows is the configuration's.
type Row struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
	// Program is the key where that is a regular expression, compiled: see package pattern.
	Program []int `json:"program,omitempty"`
}

// RowOf returns the row of a key; nil: there is none.
func RowOf(rows []Row, key string) *Row {
	for i := range rows {
		if rows[i].Key == key {
			return &rows[i]
		}
	}
	return nil
}

// find returns the argument of a name, or one without a value.
func (a Args) find(name string) *Arg {
	for i := range a {
		if a[i].Name == name {
			return &a[i]
		}
	}
	return &Arg{}
}

// Number returns a number; 0 where it is not among them.
func (a Args) Number(name string) float64 { return a.find(name).Number }

// Flag tells whether a flag is true.
func (a Args) Flag(name string) bool { return a.find(name).Number != 0 }

// Text returns a text.
func (a Args) Text(name string) string { return a.find(name).Text }

// Rows returns a table.
func (a Args) Rows(name string) []Row { return a.find(name).Rows }
