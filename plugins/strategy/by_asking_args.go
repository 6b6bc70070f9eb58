package strategy

import (
	"errors"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// labelParams are the arguments of strategies that ask which of several models to take.
var labelParams = []routing.Param{
	rows("labels", "what the judge calls a model and the deployments it means (id, upstream model or provider/model); none: the deployments' upstream models, in the order of their ids"),
	rows("descriptions", "a label and what is said of it in {descriptions}"),
}

// smallLargeParams are the arguments of strategies that ask whether a small model will do.
var smallLargeParams = []routing.Param{
	{Name: "small", Type: routing.Text, Required: true, About: "the deployment of the small model (id, upstream model or provider/model)"},
	{Name: "large", Type: routing.Text, Required: true, About: "that of the large one"},
}

var smallLargeExample = abi.Args{{Name: "small", Text: "a"}, {Name: "large", Text: "b"}}

func smallAndLarge(a abi.Args) (errs []error) {
	if small := a.Text("small"); small == a.Text("large") {
		errs = append(errs, errors.New("large: is "+strconv.Quote(small)+" as small is, expected another"))
	}
	return errs
}

// rowsWithValues refuses rows of which one names nothing.
func rowsWithValues(name string, all []abi.Row) (errs []error) {
	for _, row := range all {
		if len(row.Values) == 0 {
			errs = append(errs, errors.New(name+": "+strconv.Quote(row.Key)+" names no deployment"))
		}
	}
	return errs
}

// rowsTwice refuses rows of one key.
func rowsTwice(name string, all []abi.Row) (errs []error) {
	for i, row := range all {
		if abi.RowOf(all[:i], row.Key) != nil {
			errs = append(errs, errors.New(name+": "+strconv.Quote(row.Key)+" stands twice"))
		}
	}
	return errs
}
