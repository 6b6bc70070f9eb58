package abi

// ConfigVersion is the version of the document in Config that this build writes and reads. A document with another
// version is refused with both numbers.
//
//	1  2026-11-25  the first
//	2  2026-11-25  limits, retry, health, on_error; fallbacks and retries by class; growing pauses
//	3  2026-11-25  report_ms
//	4  2026-11-25  arguments of strategies
//	5  2026-11-25  artifacts, encoder, judges
const ConfigVersion = 5
