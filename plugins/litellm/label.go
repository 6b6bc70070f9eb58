package litellm

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// meant makes sure that every label of a strategy that asks means a deployment of its group, and every deployment has a label.
func (c *compiler) meant(k *routing.Kind, g *abi.ModelGroup, at *node) {
	s, err := k.Make(g.Strategy.Args)
	if err != nil {
		return // refused already
	}
	asking, ok := s.(routing.Asking)
	if _, trained := s.(routing.Trained); !ok || trained {
		return // a model's labels are held against the group where the model is
	}
	var all []*abi.Deployment
	for i := range g.Deployments {
		all = append(all, &g.Deployments[i])
	}
	for _, label := range c.meaningless(k.Name, asking, asking.Labels(all), g, at, func(*abi.Deployment, string) {}) {
		c.refuseAt(at, k.Name+" chooses "+quote(label)+", which means no deployment of "+quote(g.Name)+": expected an id, an upstream model or provider/model, or a label that names some")
	}
}

// meaningless returns the labels that mean no deployment of a group, and notes the deployments that have none; whose labels they are is
// said by has. each is told of every label that a deployment has.
func (c *compiler) meaningless(has string, p routing.Placer, labels []string, g *abi.ModelGroup, at *node, each func(d *abi.Deployment, label string)) (none []string) {
	means := map[int]bool{}
	for i := range g.Deployments {
		d := &g.Deployments[i]
		places := p.Places(labels, d)
		if len(places) == 0 {
			c.noteAt(at, "label of "+d.ID, has+" has no label for deployment "+d.ID+" of "+quote(g.Name)+": it is taken only where none that has one can be")
		}
		for _, place := range places {
			means[place] = true
			each(d, labels[place-1])
		}
	}
	for i, label := range labels {
		if !means[i+1] {
			none = append(none, label)
		}
	}
	return none
}
