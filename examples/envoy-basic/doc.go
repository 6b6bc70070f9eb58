// Package envoybasic is the example "RouteIQ in stock Envoy": see README.md. Its test runs the commands of the README.
package envoybasic
