package litellm

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/ngram"
	"github.com/routeiq/routeiq/plugins/provider"
)

// What an encoder does unless told otherwise.
const (
	encoderDeadlineMS = 50
	encoderCache      = 1000
)

// encoder reads routing.encoder: the server that makes vectors of requests' words.
func (c *compiler) encoder(root *node, out *Compiled) {
	block := c.mapping(root.get("routing").get("encoder"))
	if block == nil {
		return
	}
	c.keys(block, encoderKeys)
	e := abi.Encoder{API: abi.EncoderOpenAI, Cluster: abi.EncoderCluster, DeadlineMS: encoderDeadlineMS, Cache: encoderCache}
	if api, ok := c.choice(block.get("api"), string(abi.EncoderOpenAI), string(abi.EncoderTEI)); ok {
		e.API = abi.EncoderAPI(api)
	}
	e.Model, _ = c.text(block.get("model"))
	id, _ := c.text(block.get("id"))
	if e.ID = cmp.Or(id, e.Model); e.ID == "" {
		c.refuseAt(block, "has neither id nor model, expected the name that artifacts have for it")
	}
	if ms, ok := c.duration(block.get("timeout"), 0.001, abi.MaxEncoderMS/1000); ok {
		e.DeadlineMS = ms
	}
	if n, ok := c.whole(block.get("cache_size"), 0, abi.MaxEncoderMem, "vectors"); ok {
		e.Cache = n
	}
	baseNode := block.get("api_base")
	text, unset, ok := c.baseText(baseNode)
	switch {
	case !ok:
		return
	case text == "" && unset == "":
		c.refuseAt(first(baseNode, block), "has no api_base, expected an address like http://127.0.0.1:8080/v1")
		return
	case unset != "":
		c.refuseAt(baseNode, unset+" is not set, expected the address of the encoder")
		return
	}
	base, err := provider.ParseBase(text)
	if err != nil {
		c.refuseAt(baseNode, err.Error()+"; expected an address like http://127.0.0.1:8080/v1")
		return
	}
	e.Authority = base.Authority()
	path := strings.TrimSuffix(base.Path, "/")
	switch {
	case e.API == abi.EncoderTEI && !strings.HasSuffix(path, "/embed"):
		path += "/embed"
	case e.API == abi.EncoderOpenAI && !strings.HasSuffix(path, "/embeddings"):
		path = strings.TrimSuffix(path, "/v1") + "/v1/embeddings"
	}
	e.Path = path
	cluster := abi.Cluster{Name: e.Cluster, Scheme: base.Scheme, Host: base.Host, Port: base.Port, ConnectTimeoutMS: connectTimeoutMS, Own: true}
	if s, unset, ok := c.secret(block.get("api_key")); ok {
		if unset != "" {
			out.Unset[abi.EncoderCluster] = []string{unset}
			c.warnAt(block.get("api_key"), unset+" is not set: the encoder is asked without a key")
		}
		cluster.Credential = abi.EncoderCluster
		out.Credentials = append(out.Credentials, abi.Credential{
			Name: abi.EncoderCluster, Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: s}},
		})
	}
	out.Clusters = append(out.Clusters, cluster)
	out.Config.Encoder = &e
}

// encoders makes sure that of every encoder that artifacts name there is one.
func (c *compiler) encoders(out *Compiled, wanted map[string]*opened) {
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		a := wanted[id]
		switch have := out.Config.Encoder; {
		case id == ngram.ID:
		case have == nil:
			c.refuseAt(a.at, quote(a.Document.Name)+" goes by vectors of "+quote(id)+", and there is no encoder: add routing.encoder with its api_base")
		case have.ID != id:
			c.refuseAt(a.at, quote(a.Document.Name)+" goes by vectors of "+quote(id)+", the encoder is "+quote(have.ID)+": vectors of another model mean nothing to it; if they are the same, give routing.encoder this id")
		}
	}
}
