package host

import "github.com/google/uuid"

// requestID keeps a client's request id, as Envoy does where it is told to preserve it, and makes a UUID of version 4
// when there is none. It is the seed of every decision, so both engines must keep the same ones: a value net/http let
// in is one Envoy lets in.
func requestID(given string) string {
	if given != "" {
		return given
	}
	return uuid.NewString()
}
