package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func tagged(id string, tags ...string) abi.Deployment {
	d := deployment(id)
	d.Tags = tags
	return d
}

func TestTags(t *testing.T) {
	plain := []abi.Deployment{tagged("a", "free", "eu"), tagged("b", "paid"), tagged("c")}
	withDefault := append(plain[:3:3], tagged("d", abi.DefaultTag))
	for _, c := range []struct {
		name        string
		policy      abi.Tags
		deployments []abi.Deployment
		tags        []string
		want        string
	}{
		{"off", abi.Tags{}, plain, []string{"paid"}, "a b c"},
		{"one of them", abi.Tags{Enabled: true}, plain, []string{"paid"}, "b -a:tags -c:tags"},
		{"any of several", abi.Tags{Enabled: true}, plain, []string{"paid", "eu"}, "a b -c:tags"},
		{"all of several", abi.Tags{Enabled: true, All: true}, plain, []string{"free", "eu"}, "a -b:tags -c:tags"},
		{"all, which none has", abi.Tags{Enabled: true, All: true}, plain, []string{"paid", "eu"}, "400 no_deployment_for_tags"},
		{"none has it", abi.Tags{Enabled: true}, plain, []string{"x"}, "400 no_deployment_for_tags"},
		{"none has it, but one is for all", abi.Tags{Enabled: true}, withDefault, []string{"x"}, "d -a:tags -b:tags -c:tags"},
		{"without tags, and none is for all", abi.Tags{Enabled: true}, plain, nil, "a b c"},
		{"without tags", abi.Tags{Enabled: true}, withDefault, nil, "d -a:tags -b:tags -c:tags"},
	} {
		r := compile(t, []abi.ModelGroup{grp("g", 0, "", c.deployments...)})
		r.config.Tags = c.policy
		r.groups["g"].Retries = 9
		q := request("g")
		q.Tags = c.tags
		d := r.Route(q)
		if got := distinct(d); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// distinct is summary without the repeats.
func distinct(d abi.Decision) string {
	seen := map[string]bool{}
	var once []abi.Attempt
	for _, a := range d.Attempts {
		if !seen[a.Deployment.ID] {
			once = append(once, a)
		}
		seen[a.Deployment.ID] = true
	}
	d.Attempts = once
	return summary(d)
}

func TestRegion(t *testing.T) {
	in := func(id, region string) abi.Deployment {
		d := deployment(id)
		d.Region = region
		return d
	}
	r := compile(t, []abi.ModelGroup{grp("g", 3, "", in("a", "eu"), in("b", "eu-west-1"), in("c", "europe"), in("d", ""))})
	for region, want := range map[string]string{
		"": "a b c d", "eu": "a b -c:region -d:region", "eu-west-1": "b -a:region -c:region -d:region", "us": "400 no_deployment_in_region",
	} {
		q := request("g")
		q.Region = region
		if got := distinct(r.Route(q)); got != want {
			t.Errorf("%q: %q, want %q", region, got, want)
		}
	}
}
