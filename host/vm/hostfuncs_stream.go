package vm

import (
	"bytes"
	"strings"
	"time"
	"unicode"
)

func (v *VM) proxyContinueStream(s []uint64) Status {
	switch {
	case s[0] > streamMax, v.scope == nil:
		return StatusBadArgument
	case s[0] > streamResponse:
		return StatusUnimplemented
	}
	if st := v.scope.stream; st != nil {
		d := &st.request
		if s[0] == streamResponse {
			d = &st.response
		}
		st.resume(d)
	}
	return StatusOK
}

func (v *VM) proxyCloseStream(s []uint64) Status {
	switch {
	case s[0] > streamMax, v.scope == nil:
		return StatusBadArgument
	case s[0] > streamResponse:
		return StatusUnimplemented
	}
	if st := v.scope.stream; st != nil {
		st.reset = true
		st.news(Closed)
	}
	return StatusOK
}

// proxySendLocalResponse keeps the module's answer; the host sends it when the callback has returned. The last one wins.
func (v *VM) proxySendLocalResponse(s []uint64) Status {
	st := v.keepAnswer(s)
	if st != StatusOK && v.scope != nil && v.scope.stream != nil {
		v.scope.stream.refused = true
		v.scope.stream.wake()
	}
	return st
}

func (v *VM) keepAnswer(s []uint64) Status {
	details, ok1 := v.bytes(s[1], s[2])
	body, ok2 := v.bytes(s[3], s[4])
	pairs, ok3 := v.bytes(s[5], s[6])
	if !ok1 || !ok2 || !ok3 {
		return StatusInvalidMemory
	}
	headers, err := parsePairs(pairs)
	status := uint32(s[0])
	if err != nil || !allFit(headers) || status < 200 || status > 599 || v.scope == nil {
		return StatusBadArgument
	}
	if st := v.scope.stream; st != nil && st.log == nil {
		st.answer = &Answer{
			Status: int(status), Details: strings.Map(underscore, string(details)),
			Headers: headers, Body: bytes.Clone(body),
		}
		st.news(Replied)
	}
	return StatusOK
}

func (v *VM) proxyHTTPCall(s []uint64) Status {
	cluster, ok1 := v.bytes(s[0], s[1])
	headers, ok2 := v.bytes(s[2], s[3])
	body, ok3 := v.bytes(s[4], s[5])
	trailers, ok4 := v.bytes(s[6], s[7])
	if !ok1 || !ok2 || !ok3 || !ok4 || !v.memory.WriteUint32Le(uint32(s[9]), 0) {
		return StatusInvalidMemory
	}
	h, err1 := parsePairs(headers)
	t, err2 := parsePairs(trailers)
	if err1 != nil || err2 != nil || !allFit(h) || !allFit(t) || v.scope == nil {
		return StatusBadArgument
	}
	call := HTTPCall{Cluster: string(cluster), Headers: h, Body: bytes.Clone(body), Trailers: t}
	token, st := v.scope.plugin.httpCall(call, time.Duration(uint32(s[8]))*time.Millisecond)
	v.memory.WriteUint32Le(uint32(s[9]), token)
	return st
}

// underscore replaces white space: details are one word in an access log.
func underscore(r rune) rune {
	if unicode.IsSpace(r) {
		return '_'
	}
	return r
}
