package provider

import (
	"strings"
	"testing"
)

func TestParseBase(t *testing.T) {
	for _, c := range []struct {
		text      string
		want      Base
		authority string
	}{
		{"https://api.openai.com/v1", Base{"https", "api.openai.com", 443, "/v1", ""}, "api.openai.com"},
		{"http://127.0.0.1:11434", Base{"http", "127.0.0.1", 11434, "", ""}, "127.0.0.1:11434"},
		{"http://vllm_1:80//", Base{"http", "vllm_1", 80, "", ""}, "vllm_1"},
		{"https://H.Example:8443/a%20b/", Base{"https", "h.example", 8443, "/a%20b", ""}, "h.example:8443"},
		{"https://[2001:db8::1]:8443/v1", Base{"https", "2001:db8::1", 8443, "/v1", ""}, "[2001:db8::1]:8443"},
		{"http://[::1]", Base{"http", "::1", 80, "", ""}, "[::1]"},
		{"https://x.openai.azure.com/openai/deployments/g?api-version=2024-02-01", Base{"https", "x.openai.azure.com", 443, "/openai/deployments/g", "2024-02-01"}, "x.openai.azure.com"},
	} {
		got, err := ParseBase(c.text)
		if err != nil || got != c.want || got.Authority() != c.authority {
			t.Errorf("ParseBase(%q) = %+v, %v, authority %q; want %+v, %q", c.text, got, err, got.Authority(), c.want, c.authority)
		}
	}
	for _, text := range []string{
		"", "api.openai.com/v1", "ftp://h/", "https://", "https:///v1", "https://u:secret@h/v1", "https://h/v1#x", "https://h/v1?a=b",
		"https://h?api-version=a&b=c", "https://h?api-version=", "https://h:0/", "https://h:65536/", "https://h:+1/", "https://h:", "https://h /v1",
		"https://h/a b", "https://[::1", "https://[zz::1]/", "https://[::1]x/", "https://[]/", "https://h\r\n/", "https://h/\x00", "https://h/{model}",
		"https://:8080/", "https://h:80:80/",
	} {
		got, err := ParseBase(text)
		if err == nil {
			t.Errorf("ParseBase(%q) = %+v, want an error", text, got)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseBase(%q): the error shows the password: %v", text, err)
		}
	}
}

func FuzzParseBase(f *testing.F) {
	for _, s := range []string{"https://api.openai.com/v1", "http://[::1]:80/a?api-version=v1", "https://u@h#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBase(text)
		if err != nil {
			return
		}
		again, err := ParseBase(b.Scheme + "://" + b.Authority() + b.Path)
		b.Version = ""
		if err != nil || again != b {
			t.Errorf("ParseBase(%q) = %+v, which reads back as %+v, %v", text, b, again, err)
		}
	})
}
