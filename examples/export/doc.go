// Package export is the exporter of trained routers, which is Python: see README.md. Its tests run it.
package export
