// Package quickstart is the example "without a key and without the network": see README.md. Its test runs the commands of
// the repository's README.
package quickstart
