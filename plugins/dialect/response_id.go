package dialect

import (
	"encoding/base64"
	"strings"
)

// A wrapped response id is, behind a prefix, base64url of
//
//	checksum (4 bytes, FNV-1a of the rest) │ length of the deployment's id (uvarint) │ deployment's id │ upstream's id
//
// so the deployment that made a response is known from the id alone, in every process, without state. The checksum
// tells ours from other ids and finds a damaged one; it is no secret: who makes up an id gets a call to a deployment
// he could have called anyway.
const wrappedPrefix = "resp_rq"

// WrapResponseID returns the id a client gets for the upstream's id of a response that deployment made.
func WrapResponseID(id, deployment string) string {
	raw := make([]byte, 4, 4+2+len(deployment)+len(id))
	n := uint(len(deployment))
	for ; n >= 0x80; n >>= 7 {
		raw = append(raw, byte(n)|0x80)
	}
	raw = append(raw, byte(n))
	raw = append(append(raw, deployment...), id...)
	sum := checksum(raw[4:])
	raw[0], raw[1], raw[2], raw[3] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
	return wrappedPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

// UnwrapResponseID undoes WrapResponseID. It is not ok for any other id.
func UnwrapResponseID(id string) (upstreamID, deployment string, ok bool) {
	encoded, ok := strings.CutPrefix(id, wrappedPrefix)
	if !ok {
		return "", "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(raw) < 5 {
		return "", "", false
	}
	sum := checksum(raw[4:])
	if raw[0] != byte(sum>>24) || raw[1] != byte(sum>>16) || raw[2] != byte(sum>>8) || raw[3] != byte(sum) {
		return "", "", false
	}
	n, at := 0, 4
	for shift := 0; ; shift += 7 {
		if at == len(raw) || shift > 28 {
			return "", "", false
		}
		c := raw[at]
		at++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	if n > len(raw)-at {
		return "", "", false
	}
	deployment, upstreamID = string(raw[at:at+n]), string(raw[at+n:])
	// One pair has one id: the decoder passes over line breaks and unused bits. And no id may climb out of its path.
	if WrapResponseID(upstreamID, deployment) != id || upstreamID == "" || upstreamID == "." || upstreamID == ".." {
		return "", "", false
	}
	return upstreamID, deployment, true
}

func checksum(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}
