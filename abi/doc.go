// Package abi is what all parts of RouteIQ agree on: the nouns of routing and every name that crosses a boundary
// between the module, a proxy, the host and the agent. It holds no behaviour but reading, checking and naming, and
// imports only the standard library.
package abi
