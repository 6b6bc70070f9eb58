package dialect

import "testing"

func TestModelsBody(t *testing.T) {
	list, one := Call{Op: OpModels}, Call{Op: OpModel, Model: `a"b`}
	for _, c := range []struct {
		call      Call
		ids       []string
		anthropic bool
		want      string
	}{
		{list, nil, false, `{"object":"list","data":[]}`},
		{list, []string{"a", "b/*"}, false, `{"object":"list","data":[{"id":"a","object":"model","created":0,"owned_by":"routeiq"},{"id":"b/*","object":"model","created":0,"owned_by":"routeiq"}]}`},
		{one, nil, false, `{"id":"a\"b","object":"model","created":0,"owned_by":"routeiq"}`},
		{list, nil, true, `{"data":[],"has_more":false,"first_id":null,"last_id":null}`},
		{list, []string{"a", "b"}, true, `{"data":[{"type":"model","id":"a","display_name":"a","created_at":"1970-01-01T00:00:00Z","lifecycle":"active"},{"type":"model","id":"b","display_name":"b","created_at":"1970-01-01T00:00:00Z","lifecycle":"active"}],"has_more":false,"first_id":"a","last_id":"b"}`},
		{one, nil, true, `{"type":"model","id":"a\"b","display_name":"a\"b","created_at":"1970-01-01T00:00:00Z","lifecycle":"active"}`},
	} {
		if got := string(ModelsBody(c.call, c.ids, c.anthropic)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
