package conformance

import (
	"errors"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/logline"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// Replay makes the decision of a log line again over the document that made it. The error says in which words the two
// differ; nil: they are the same.
func Replay(config *abi.Config, text []byte) error {
	line, err := logline.Parse(text)
	if err != nil {
		return err
	}
	if line.Decision.Revision != config.Revision {
		return errors.New("the decision is of revision " + line.Decision.Revision + ", the document of " + config.Revision)
	}
	decision, err := logline.Replay(config, strategy.Registry(), &line)
	if err != nil {
		return err
	}
	if differs := logline.Differs(&line.Decision, &decision); differs != "" {
		return errors.New("logged / made again: " + differs)
	}
	return nil
}
