package litellm

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider"
)

// clientKeys returns the hashes of the keys clients must show. A master key that is written but holds nothing is
// refused always: the proxy would be open, and nobody would notice.
func (c *compiler) clientKeys(root *node) []string {
	const advice = ": the proxy would ask for no key; set it, or take the line out"
	n := root.get("general_settings").written("master_key")
	if n == nil {
		value, _, set := c.lookup("LITELLM_MASTER_KEY")
		if _, there := c.src.Getenv("LITELLM_MASTER_KEY"); there && !set {
			c.refuse(Problem{Path: "LITELLM_MASTER_KEY", Message: "is set and empty: the proxy would ask for no key; give it a value, or unset it"})
		}
		if !set {
			return nil
		}
		return c.hashed(value, Problem{Path: "LITELLM_MASTER_KEY"})
	}
	at := Problem{File: n.file, Line: n.line, Path: n.path}
	value := n.text
	if name, named := n.variable(); named {
		var set bool
		if value, _, set = c.lookup(name); !set {
			c.refuseAt(n, name+" is not set"+advice)
			return nil
		}
	}
	switch {
	case n.kind == isNull, n.kind == isScalar && value == "":
		c.refuseAt(n, "is empty"+advice)
		return nil
	case n.kind != isScalar:
		c.refuseAt(n, "is "+string(n.kind)+", expected text or os.environ/NAME")
		return nil
	}
	return c.hashed(value, at)
}

func (c *compiler) hashed(key string, at Problem) []string {
	if !isHeaderValue(key) {
		at.Message = unsendable
		c.refuse(at)
		return nil
	}
	sum := sha256.Sum256([]byte(key))
	return []string{hex.EncodeToString(sum[:])}
}

// listen reads where clients are served: LITELLM_HOST and LITELLM_PORT win over general_settings, as what is said
// where a process is started wins over its file.
func (c *compiler) listen(root *node) Listen {
	general := root.get("general_settings")
	var l Listen
	if n := general.get("host"); n != nil {
		if host, ok := c.text(n); ok {
			if l.Host = host; !isHost(host) {
				c.refuseAt(n, n.shown()+", expected an address or a host name")
			}
		}
	}
	if port, ok := c.whole(general.get("port"), 1, 65535, "a port"); ok {
		l.Port = port
	}
	if host, _, set := c.lookup("LITELLM_HOST"); set {
		if l.Host = host; !isHost(host) {
			c.refuse(Problem{Path: "LITELLM_HOST", Message: "is " + quote(host) + ", expected an address or a host name"})
		}
	}
	if text, _, set := c.lookup("LITELLM_PORT"); set {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			c.refuse(Problem{Path: "LITELLM_PORT", Message: "is " + quote(text) + ", expected a port from 1 to 65535"})
		}
		l.Port = port
	}
	return l
}

// isHost tells whether text can be listened on: what an api_base could have for a host.
func isHost(text string) bool {
	if _, err := provider.ParseBase("http://" + text); err == nil {
		b, err := provider.ParseBase("http://" + text + ":1/")
		return err == nil && b.Path == "" && b.Port == 1
	}
	_, err := provider.ParseBase("http://[" + text + "]")
	return err == nil
}

// answer reads our block answer.
func (c *compiler) answer(root *node) abi.Answer {
	block := c.mapping(root.get("answer"))
	c.keys(block, answerKeys)
	var a abi.Answer
	a.LiteLLMHeaders, _ = c.boolean(block.get("litellm_headers"))
	a.StreamUsage, _ = c.boolean(block.get("stream_usage"))
	return a
}
