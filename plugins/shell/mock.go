package shell

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
)

// mock answers the attempt under way, whose deployment has a mock answer, and settles it.
func (s *stream) mock(headers [][2]string) {
	q, attempt := &s.request, s.attempt()
	contentType, body := dialect.Mock(q.API, attempt.Model, *attempt.Deployment.Mock, &s.body, q.ID, q.NowMS)
	usage := dialect.MockUsage(q.API, *attempt.Deployment.Mock, &s.body)
	p := s.last()
	p.outcome.Status, p.outcome.Usage = 200, usage
	p.settle(abi.ClassOK, "")
	reply(200, contentType, body, headers...)
}
