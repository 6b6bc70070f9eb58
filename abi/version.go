package abi

// ConfigVersion is the version of the document in Config that this build writes and reads. A document with another
// version is refused with both numbers.
//
//	1  2026-11-25  the first
const ConfigVersion = 1
