package breaker

import (
	"reflect"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestTableReadsBack(t *testing.T) {
	want := Table{{ID: "a", UntilMS: 5, Class: abi.ClassAuth, Trips: 3, Probes: []int64{1, 2}, Successes: 1}, {ID: "", UntilMS: -1}}
	if got := ParseTable(want.Append(nil)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func FuzzParseTable(f *testing.F) {
	f.Add(Table{{ID: "a", UntilMS: 5, Probes: []int64{1}}}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		table := ParseTable(b)
		if again := ParseTable(table.Append(nil)); !reflect.DeepEqual(again, table) {
			t.Fatalf("%+v reads back as %+v", table, again)
		}
	})
}

func FuzzParseFailures(f *testing.F) {
	f.Add(appendFailures(nil, []failure{{5, abi.ClassReset}, {6, ""}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		failures := parseFailures(b)
		if again := parseFailures(appendFailures(nil, failures)); !reflect.DeepEqual(again, failures) {
			t.Fatalf("%+v reads back as %+v", failures, again)
		}
	})
}
