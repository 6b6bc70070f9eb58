package litellm

import (
	"math"
	"strconv"
)

// The readers below take the name of a variable of ours that may not be set, and refuse a wrong value by that name. They
// never show the value: a variable might hold something else than was meant.

func (c *compiler) variableNumber(name string, low, high float64, whole bool) (float64, bool) {
	text, _, set := c.lookup(name)
	if !set {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < low || v > high || whole && v != math.Trunc(v) {
		kind := "number"
		if whole {
			kind = "whole number"
		}
		c.refuse(Problem{Path: name, Message: "holds no " + kind + " from " + strconv.FormatFloat(low, 'f', -1, 64) + " to " + strconv.FormatFloat(high, 'f', -1, 64)})
		return 0, false
	}
	return v, true
}

// variableWhole reads a whole number from low to high.
func (c *compiler) variableWhole(name string, low, high float64) (int, bool) {
	v, ok := c.variableNumber(name, low, high, true)
	return int(v), ok
}

// variableDuration reads seconds, fractions too, into milliseconds.
func (c *compiler) variableDuration(name string, low, high float64) (int, bool) {
	v, ok := c.variableNumber(name, low, high, false)
	return int(math.Round(v * 1000)), ok
}

func (c *compiler) variableBoolean(name string) (value, ok bool) {
	text, _, set := c.lookup(name)
	if !set {
		return false, false
	}
	if value, ok = truth(text); !ok {
		c.refuse(Problem{Path: name, Message: "holds something else than true or false"})
	}
	return value, ok
}
