package view

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestOf(t *testing.T) {
	user := func(text string) abi.Turn { return abi.Turn{By: abi.ByUser, Text: text} }
	said := func(text string) abi.Turn { return abi.Turn{By: abi.ByAssistant, Text: text} }
	talk := []abi.Turn{
		{By: abi.BySystem, Text: "Be brief."},
		user("how do I bake bread"), said("with flour"),
		user("who won the match"), said("nobody"), said("it was called off"),
		user("what is a monad"), said("a monoid"),
		user("write a poem"),
		user("does bread need salt"),
	}
	long := strings.Repeat("é", 499) + "xyz"
	for _, c := range []struct {
		view string
		p    abi.Prompt
		all  []abi.Turn
		want string
	}{
		{LastUser500, abi.Prompt{Last: long}, nil, strings.Repeat("é", 499) + "x"},
		{LastUser500, abi.Prompt{Last: "short"}, nil, "short"},
		{LastUser, abi.Prompt{Last: long}, nil, long},
		{AllText, abi.Prompt{}, talk[:3], "Be brief.\nhow do I bake bread\nwith flour"},
		{FullContext, abi.Prompt{}, talk[:1], "Current Query: "},
		{FullContext, abi.Prompt{}, append(talk[:6:6], user("and who lost")),
			"Previous Query: how do I bake bread\n\nPrevious Response: with flour\n\nPrevious Query: who won the match\n\nPrevious Response: nobody\nit was called off\n\nCurrent Query: and who lost"},
		{Retrieval, abi.Prompt{}, append(talk[:3:3], user("and cake")), "Similar Query: how do I bake bread\n\nSimilar Response: with flour\n\nCurrent Query: and cake"},
	} {
		if got := Of(c.view, &c.p, c.all); got != c.want {
			t.Errorf("%s: got %q, want %q", c.view, got, c.want)
		}
	}
	got := Of(Retrieval, &abi.Prompt{}, talk)
	if n := strings.Count(got, "Similar Query: "); n != retrieved || !strings.HasPrefix(got, "Similar Query: how do I bake bread") {
		t.Errorf("%d of four, with the one about bread first, are expected: %q", n, got)
	}
}
