package host

import (
	"log"
	"log/slog"
	"strings"
)

// serverLog takes net/http's own complaints into the log. Most are about clients that speak no HTTP: they are debugging
// material, not news.
func serverLog(to *slog.Logger) *log.Logger { return log.New(logWriter{to}, "", 0) }

type logWriter struct{ log *slog.Logger }

// Write implements io.Writer.
func (w logWriter) Write(b []byte) (int, error) {
	text := strings.TrimSpace(string(b))
	if strings.Contains(text, "panic serving") {
		w.log.Error(text)
	} else {
		w.log.Debug(text)
	}
	return len(b), nil
}
