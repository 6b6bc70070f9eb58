package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Breakers returns the state of every deployment's breaker, by the deployment's id: closed, half_open or open. It asks the
// clients' port with the master key.
func (p *Proxy) Breakers(ctx context.Context, masterKey string) (map[string]string, error) {
	status, body, err := get(ctx, p.URL+"/_health/models", [2]string{"authorization", "Bearer " + masterKey})
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%s/_health/models: %d %.300q, expected 200", p.URL, status, body)
	}
	var page struct {
		Models []struct {
			ID    string `json:"model_id"`
			State string `json:"circuit_breaker"`
		} `json:"models"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("%s/_health/models: %w: %.300q", p.URL, err, body)
	}
	all := make(map[string]string, len(page.Models))
	for _, m := range page.Models {
		all[m.ID] = m.State
	}
	return all, nil
}
