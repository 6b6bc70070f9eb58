package litellm

import (
	"reflect"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestCORS(t *testing.T) {
	for _, c := range []struct {
		name, origins, credentials string
		want                       abi.CORS
		refused                    string
	}{
		{"nothing is said", "", "", abi.CORS{}, ""},
		{"all", "*", "", abi.CORS{Origins: []string{"*"}}, ""},
		{"some", " https://a.example , http://localhost:3000/,https://a.example", "true", abi.CORS{Origins: []string{"https://a.example", "http://localhost:3000"}, Credentials: true}, ""},
		{"all, with credentials", "*", "true", abi.CORS{}, "ROUTEIQ_CORS_CREDENTIALS: is true while ROUTEIQ_CORS_ORIGINS is *"},
		{"all and some", "*,https://a.example", "", abi.CORS{}, "holds * and other origins"},
		{"no origin", "a.example", "", abi.CORS{}, "no origin"},
		{"a path", "https://a.example/x", "", abi.CORS{}, "no origin"},
		{"no boolean", "https://a.example", "perhaps", abi.CORS{}, "true or false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{}
			for name, value := range map[string]string{corsOriginsVariable: c.origins, corsCredentialsVariable: c.credentials} {
				if value != "" {
					env[name] = value
				}
			}
			got, err := Compile(Source{
				Path: "c.yaml",
				Read: func(string) ([]byte, error) {
					return []byte("model_list: [{model_name: a, litellm_params: {model: openai/a, mock_response: x}}]"), nil
				},
				Getenv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
			})
			switch {
			case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
				t.Errorf("got %v, want %q", err, c.refused)
			case c.refused == "" && err != nil:
				t.Error(err)
			case c.refused == "" && !reflect.DeepEqual(got.CORS, c.want):
				t.Errorf("got %+v", got.CORS)
			}
		})
	}
}
