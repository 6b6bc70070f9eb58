package vm

import (
	"bytes"
	"encoding/binary"
	"net"
	"strconv"
	"strings"
)

// appendProperty appends the value of a property to b, in Envoy's encoding: text as it is, numbers as 8 bytes little
// endian, times and durations in nanoseconds. The parts of a path are separated by NUL. A name that is none of the
// proxy's own is looked up in the filter state.
// https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
func (v *VM) appendProperty(b []byte, path []byte) ([]byte, bool) {
	first, rest, _ := bytes.Cut(path, nul)
	p := v.scope.plugin
	switch string(first) {
	case "plugin_name":
		return append(b, p.config.Name...), true
	case "plugin_root_id":
		return append(b, p.config.RootID...), true
	case "plugin_vm_id":
		return append(b, v.module.options.VMID...), true
	case "node":
		return nodeProperty(b, string(rest), &v.module.options.Node)
	}
	s := v.scope.stream
	if s == nil {
		return b, false
	}
	switch string(first) {
	case "request":
		return s.requestProperty(b, rest)
	case "response":
		return s.responseProperty(b, rest)
	}
	s.exchange.mu.Lock()
	defer s.exchange.mu.Unlock()
	f := &s.exchange.facts
	switch string(first) {
	case "connection_id":
		return appendNumber(b, int64(f.ConnectionID)), true
	case "connection":
		return connectionProperty(b, string(rest), f)
	case "source":
		return addressProperty(b, string(rest), f.SourceAddress)
	case "destination":
		return addressProperty(b, string(rest), f.DestinationAddress)
	case "upstream":
		return upstreamProperty(b, string(rest), f)
	case "cluster_name":
		return appendText(b, f.Cluster)
	case "xds":
		if string(rest) == "cluster_name" {
			return appendText(b, f.Cluster)
		}
	}
	for i := range s.exchange.state {
		if s.exchange.state[i].name == string(path) {
			return append(b, s.exchange.state[i].value...), true
		}
	}
	return b, false
}

var nul = []byte{0}

// requestProperty reads from the request's headers, which are visible in the request callbacks and in the log phase.
func (s *Stream) requestProperty(b, rest []byte) ([]byte, bool) {
	h := s.request.headers
	if s.log != nil {
		h = s.log.RequestHeaders
	}
	name, key, _ := bytes.Cut(rest, nul)
	f := s.exchange.Facts()
	switch string(name) {
	case "headers":
		return appendHeader(b, h, string(key))
	case "path":
		return appendHeader(b, h, ":path")
	case "url_path":
		path, ok := h.Get(":path")
		path, _, _ = strings.Cut(path, "?")
		return append(b, path...), ok
	case "query":
		_, query, _ := strings.Cut(h.Value(":path"), "?")
		query, _, _ = strings.Cut(query, "#")
		return append(b, query...), h != nil
	case "host":
		return appendHeader(b, h, ":authority")
	case "scheme":
		return appendHeader(b, h, ":scheme")
	case "method":
		return appendHeader(b, h, ":method")
	case "referer":
		return appendHeader(b, h, "referer")
	case "useragent":
		return appendHeader(b, h, "user-agent")
	case "id":
		return appendHeader(b, h, "x-request-id")
	case "protocol":
		return appendText(b, f.Protocol)
	case "time":
		return appendNumber(b, f.Start.UnixNano()), true
	case "duration":
		return appendNumber(b, int64(f.Duration)), f.Duration > 0
	case "size":
		if text, ok := h.Get("content-length"); ok {
			n, err := strconv.ParseInt(text, 10, 64)
			return appendNumber(b, n), err == nil
		}
		return appendNumber(b, f.BytesReceived), true
	case "total_size":
		return appendNumber(b, f.BytesReceived+int64(h.Size())), true
	}
	return b, false
}

// responseProperty reads what is known of the answer.
func (s *Stream) responseProperty(b, rest []byte) ([]byte, bool) {
	h, trailers := s.response.headers, s.response.trailers
	if s.log != nil {
		h, trailers = s.log.ResponseHeaders, s.log.ResponseTrailers
	}
	name, key, _ := bytes.Cut(rest, nul)
	f := s.exchange.Facts()
	switch string(name) {
	case "code":
		return appendNumber(b, int64(f.Code)), f.Code != 0
	case "flags":
		return appendNumber(b, int64(f.Flags)), true
	case "code_details":
		return appendText(b, f.Details)
	case "headers":
		return appendHeader(b, h, string(key))
	case "trailers":
		return appendHeader(b, trailers, string(key))
	case "size":
		return appendNumber(b, f.BytesSent), true
	case "total_size":
		return appendNumber(b, f.BytesSent+int64(h.Size())+int64(trailers.Size())), true
	}
	return b, false
}

func connectionProperty(b []byte, name string, f *Facts) ([]byte, bool) {
	switch name {
	case "id":
		return appendNumber(b, int64(f.ConnectionID)), true
	case "mtls": // the host asks clients for no certificate
		return append(b, 0), true
	case "requested_server_name":
		return append(b, f.ServerName...), true
	case "tls_version":
		return appendText(b, f.TLSVersion)
	}
	return b, false
}

func upstreamProperty(b []byte, name string, f *Facts) ([]byte, bool) {
	switch name {
	case "address", "port":
		return addressProperty(b, name, f.Upstream)
	case "transport_failure_reason":
		return appendText(b, f.Failure)
	case "request_attempt_count":
		return appendNumber(b, int64(f.Attempts)), f.Attempts > 0
	}
	return b, false
}

func nodeProperty(b []byte, name string, n *Node) ([]byte, bool) {
	switch name {
	case "id":
		return appendText(b, n.ID)
	case "cluster":
		return appendText(b, n.Cluster)
	}
	return b, false
}

func addressProperty(b []byte, name, address string) ([]byte, bool) {
	switch name {
	case "address":
		return appendText(b, address)
	case "port":
		_, text, err := net.SplitHostPort(address)
		if err != nil {
			return b, false
		}
		port, err := strconv.ParseInt(text, 10, 64)
		return appendNumber(b, port), err == nil
	}
	return b, false
}

func appendHeader(b []byte, h *Headers, name string) ([]byte, bool) {
	value, ok := h.Get(name)
	return append(b, value...), ok
}

func appendText(b []byte, text string) ([]byte, bool) { return append(b, text...), text != "" }

func appendNumber(b []byte, n int64) []byte { return binary.LittleEndian.AppendUint64(b, uint64(n)) }
