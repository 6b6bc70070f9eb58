package provider

import (
	"errors"
	"strconv"
	"strings"
)

// Base is an upstream's base URL in parts.
type Base struct {
	Scheme  string // "http" or "https"
	Host    string // lower case, an IPv6 address without its brackets
	Port    int    // the scheme's own where none was written
	Path    string // without a slash at its end, percent-encoding as written; empty: none
	Version string // the value of an api-version query, Azure's only; empty: none
}

// ParseBase reads an api_base. It is stricter than a URL: http or https with a host; no user, no fragment, and no query
// but Azure's api-version, because each of them would be lost or end in a log. The error never quotes the text: it may
// hold a password.
func ParseBase(text string) (Base, error) {
	var b Base
	rest, ok := strings.CutPrefix(text, "https://")
	b.Scheme, b.Port = "https", 443
	if !ok {
		if rest, ok = strings.CutPrefix(text, "http://"); !ok {
			return b, errors.New("is no URL that begins with http:// or https://")
		}
		b.Scheme, b.Port = "http", 80
	}
	if strings.Contains(rest, "#") {
		return b, errors.New("has a fragment ('#'), which no server gets: take it off")
	}
	rest, query, asked := strings.Cut(rest, "?")
	if asked {
		version, ok := strings.CutPrefix(query, "api-version=")
		if !ok || !IsVersion(version) {
			return b, errors.New("has a query ('?'): take it off; only Azure's api-version can stand there")
		}
		b.Version = version
	}
	authority := rest
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, b.Path = rest[:slash], strings.TrimRight(rest[slash:], "/")
	}
	if strings.Contains(authority, "@") {
		return b, errors.New("has a user or password before '@': put the key into api_key")
	}
	if err := b.setAuthority(authority); err != nil {
		return b, err
	}
	if i := strings.IndexFunc(b.Path, func(c rune) bool { return !isPathRune(c) }); i >= 0 {
		return b, errors.New("has a character in its path that must be percent-encoded")
	}
	return b, nil
}

func (b *Base) setAuthority(text string) error {
	host, port := text, ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 || strings.Trim(text[1:end], "0123456789abcdefABCDEF:.") != "" || strings.Count(text[:end], ":") < 2 {
			return errors.New("has '[' before its host, but no IPv6 address in brackets")
		}
		host, port = text[1:end], text[end+1:]
		if port != "" && !strings.HasPrefix(port, ":") {
			return errors.New("has text between its host and its path")
		}
	} else {
		if i := strings.IndexByte(text, ':'); i >= 0 {
			host, port = text[:i], text[i:]
		}
		if i := strings.IndexFunc(host, func(c rune) bool { return !isHostRune(c) }); i >= 0 || host == "" || len(host) > 253 {
			return errors.New("has no host name that can be looked up")
		}
	}
	b.Host = strings.ToLower(host)
	if port == "" {
		return nil
	}
	n, err := strconv.Atoi(port[1:])
	if err != nil || n < 1 || n > 65535 || strings.HasPrefix(port, ":+") {
		return errors.New("has no port from 1 to 65535 behind its host")
	}
	b.Port = n
	return nil
}

// Authority is what the upstream is called by in :authority: the port only where it is not the scheme's own.
func (b Base) Authority() string {
	host := b.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if b.Scheme == "https" && b.Port == 443 || b.Scheme == "http" && b.Port == 80 {
		return host
	}
	return host + ":" + strconv.Itoa(b.Port)
}

// IsVersion tells whether text can be an api-version: it goes into a query as it is.
func IsVersion(text string) bool {
	return text != "" && len(text) <= 64 && strings.IndexFunc(text, func(c rune) bool {
		return !isAlnum(c) && c != '-' && c != '.' && c != '_'
	}) < 0
}

func isAlnum(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isHostRune allows what names really have: letters of any case, digits, '-', '.', and the '_' of compose services.
func isHostRune(c rune) bool { return isAlnum(c) || c == '-' || c == '.' || c == '_' }

// isPathRune allows RFC 3986's path characters and '%'.
func isPathRune(c rune) bool { return isAlnum(c) || strings.ContainsRune("-._~!$&'()*+,;=:@%/", c) }
