// Package envoyconfig makes Envoy's resources out of a compiled configuration: listener, routes, clusters, secrets, and
// the bootstrap that holds them all. One function makes one kind of resource, so that a static file and an xDS server
// serve the same. Equal input gives equal bytes.
//
//	 listener ─▶ connection manager
//	               ├─ access log                                accesslog.go
//	               ├─ route: cluster by routeiq.next, retries   route.go
//	               └─ filters:  router (wasm) ─ decompressor ─ Envoy's router       filters.go
//	                                                               └─ per attempt:  adapter (wasm) ─ credentials ─ strip ─ codec
//	clusters: one a deployment                                  cluster.go
//	secrets:  one a credential part                             secret.go
//
// For an xDS server the same filters are looked up by name, so that the listener never changes: discovery.go, with the clusters of
// the agent (agent.go) and of the keys (keys.go), and the bootstrap of an Envoy that asks for them (ads.go).
//
// It targets Envoy 1.39 and later, and uses no field that 1.39 does not know.
package envoyconfig
