package vm

// Status is what a host function returns to the module.
type Status uint32

// The statuses of proxy-wasm ABI 0.2.
const (
	StatusOK               Status = 0
	StatusNotFound         Status = 1
	StatusBadArgument      Status = 2
	StatusParseFailure     Status = 4
	StatusInvalidMemory    Status = 6
	StatusEmpty            Status = 7
	StatusCasMismatch      Status = 8
	StatusInternalFailure  Status = 10
	StatusBrokenConnection Status = 11
	StatusUnimplemented    Status = 12
)

// Level is the severity of a module's log line.
type Level uint32

// The levels.
const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
	LevelCritical
)

// MetricKind is the kind of a metric a module defines.
type MetricKind uint32

// The kinds.
const (
	Counter MetricKind = iota
	Gauge
	Histogram
)

// Metric is one metric of a module.
type Metric interface {
	// Add changes a counter or gauge.
	Add(offset int64)
	// Record sets a gauge, adds to a counter or takes a sample into a histogram.
	Record(value uint64)
	// Value is what a counter or gauge stands at.
	Value() uint64
}

// Metrics keeps the metrics of all VMs: the same name and kind is the same metric.
type Metrics interface {
	Define(kind MetricKind, name string) Metric
}

// Buffers a module can ask for.
const (
	bufferRequestBody  = 0
	bufferResponseBody = 1
	bufferCallBody     = 4
	bufferVMConfig     = 6
	bufferPluginConfig = 7
	bufferMax          = 8
)

// Header maps a module can ask for.
const (
	mapRequestHeaders   = 0
	mapRequestTrailers  = 1
	mapResponseHeaders  = 2
	mapResponseTrailers = 3
	mapCallHeaders      = 6
	mapCallTrailers     = 7
	mapMax              = 7
)

// Streams a module can continue or close.
const (
	streamRequest  = 0
	streamResponse = 1
	streamMax      = 3
)
