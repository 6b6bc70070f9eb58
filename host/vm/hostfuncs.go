package vm

import (
	"context"
	"math"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// hostFunction is one function a module may import from "env". Arguments stand in the stack; the result goes to its
// first word.
type hostFunction struct {
	call    func(v *VM, s []uint64) Status
	params  []api.ValueType
	results []api.ValueType
}

// status returns the entry of a function that takes n 32-bit numbers and returns a Status, as nearly all do.
func status(n int, call func(v *VM, s []uint64) Status) hostFunction {
	params := make([]api.ValueType, n)
	for i := range params {
		params[i] = i32
	}
	return hostFunction{call, params, []api.ValueType{i32}}
}

// hostFunctions is the surface a module sees: proxy-wasm ABI 0.2.0 and 0.2.1 without the gRPC calls, which are there so
// that modules link, and answer "unimplemented".
var hostFunctions = map[string]hostFunction{
	"proxy_log":                          status(3, (*VM).proxyLog),
	"proxy_get_log_level":                status(1, (*VM).proxyGetLogLevel),
	"proxy_get_current_time_nanoseconds": status(1, (*VM).proxyGetCurrentTime),
	"proxy_set_tick_period_milliseconds": status(1, (*VM).proxySetTickPeriod),
	"proxy_set_effective_context":        status(1, (*VM).proxySetEffectiveContext),
	"proxy_done":                         status(0, (*VM).proxyDone),
	"proxy_get_status":                   status(3, (*VM).proxyGetStatus),
	"proxy_call_foreign_function":        status(6, (*VM).proxyCallForeignFunction),

	"proxy_get_header_map_value":     status(5, (*VM).proxyGetHeader),
	"proxy_add_header_map_value":     status(5, (*VM).proxyAddHeader),
	"proxy_replace_header_map_value": status(5, (*VM).proxyReplaceHeader),
	"proxy_remove_header_map_value":  status(3, (*VM).proxyRemoveHeader),
	"proxy_get_header_map_pairs":     status(3, (*VM).proxyGetHeaders),
	"proxy_set_header_map_pairs":     status(3, (*VM).proxySetHeaders),
	"proxy_get_header_map_size":      status(2, (*VM).proxyGetHeadersSize),

	"proxy_get_buffer_bytes":  status(5, (*VM).proxyGetBuffer),
	"proxy_get_buffer_status": status(3, (*VM).proxyGetBufferStatus),
	"proxy_set_buffer_bytes":  status(5, (*VM).proxySetBuffer),

	"proxy_get_property": status(4, (*VM).proxyGetProperty),
	"proxy_set_property": status(4, (*VM).proxySetProperty),

	"proxy_get_shared_data":       status(5, (*VM).proxyGetSharedData),
	"proxy_set_shared_data":       status(5, (*VM).proxySetSharedData),
	"proxy_register_shared_queue": status(3, (*VM).proxyRegisterQueue),
	"proxy_resolve_shared_queue":  status(5, (*VM).proxyResolveQueue),
	"proxy_enqueue_shared_queue":  status(3, (*VM).proxyEnqueue),
	"proxy_dequeue_shared_queue":  status(3, (*VM).proxyDequeue),

	"proxy_define_metric":    status(4, (*VM).proxyDefineMetric),
	"proxy_increment_metric": {(*VM).proxyIncrementMetric, []api.ValueType{i32, i64}, []api.ValueType{i32}},
	"proxy_record_metric":    {(*VM).proxyRecordMetric, []api.ValueType{i32, i64}, []api.ValueType{i32}},
	"proxy_get_metric":       status(2, (*VM).proxyGetMetric),

	"proxy_continue_stream":     status(1, (*VM).proxyContinueStream),
	"proxy_close_stream":        status(1, (*VM).proxyCloseStream),
	"proxy_send_local_response": status(8, (*VM).proxySendLocalResponse),
	"proxy_http_call":           status(10, (*VM).proxyHTTPCall),

	"proxy_grpc_call":   status(12, unimplemented),
	"proxy_grpc_stream": status(9, unimplemented),
	"proxy_grpc_send":   status(4, unimplemented),
	"proxy_grpc_cancel": status(1, unimplemented),
	"proxy_grpc_close":  status(1, unimplemented),
}

func unimplemented(*VM, []uint64) Status { return StatusUnimplemented }

// bind makes a function callable by wazero. It finds the VM by the context of the call, without reflection.
func bind(f hostFunction) api.GoModuleFunc {
	return func(ctx context.Context, instance api.Module, s []uint64) {
		var v *VM
		if c, ok := ctx.(*callContext); ok {
			v = c.vm
		} else {
			v, _ = ctx.Value(vmKey{}).(*VM)
		}
		if v.memory == nil { // the module calls from its initialisation
			v.memory = instance.Memory()
		}
		for i, t := range f.params {
			if t == i32 { // the upper half of a 32-bit argument's word is undefined
				s[i] = uint64(uint32(s[i]))
			}
		}
		s[0] = uint64(f.call(v, s))
	}
}

// bytes returns a view of the module's memory, valid until the module runs again or memory is allocated in it.
func (v *VM) bytes(ptr, size uint64) ([]byte, bool) { return v.memory.Read(uint32(ptr), uint32(size)) }

// allocate asks the module for memory and returns a view of it.
func (v *VM) allocate(size int) (uint32, []byte, bool) {
	if uint64(size) > math.MaxInt32 {
		return 0, nil, false
	}
	v.words[0] = uint64(size)
	if err := v.run(v.fn.allocate, v.words[:]); err != nil {
		panic(err) // the module failed while it served this host function: end the whole call
	}
	ptr := uint32(v.words[0])
	b, ok := v.memory.Read(ptr, uint32(size))
	return ptr, b, ok && ptr != 0
}

// point writes where the module finds a value: its address and size.
func (v *VM) point(ptrPtr, sizePtr uint64, ptr uint32, size int) Status {
	if !v.memory.WriteUint32Le(uint32(ptrPtr), ptr) || !v.memory.WriteUint32Le(uint32(sizePtr), uint32(size)) {
		return StatusInvalidMemory
	}
	return StatusOK
}

// give copies a value into memory of the module and points to it.
func give[T []byte | string](v *VM, value T, ptrPtr, sizePtr uint64) Status {
	if len(value) == 0 {
		return v.point(ptrPtr, sizePtr, 0, 0)
	}
	ptr, b, ok := v.allocate(len(value))
	if !ok {
		return StatusInvalidMemory
	}
	copy(b, value)
	return v.point(ptrPtr, sizePtr, ptr, len(value))
}

func (v *VM) proxyGetCurrentTime(s []uint64) Status {
	if !v.memory.WriteUint64Le(uint32(s[0]), uint64(time.Now().UnixNano())) {
		return StatusInvalidMemory
	}
	return StatusOK
}

func (v *VM) proxySetTickPeriod(s []uint64) Status {
	if v.scope == nil {
		return StatusBadArgument
	}
	v.scope.plugin.setTick(time.Duration(uint32(s[0])) * time.Millisecond)
	return StatusOK
}

func (v *VM) proxySetEffectiveContext(s []uint64) Status {
	sc := v.scopes[uint32(s[0])]
	if sc == nil {
		return StatusBadArgument
	}
	v.scope = sc
	return StatusOK
}

// proxyDone says that a plugin whose proxy_on_done returned "not yet" may be deleted now.
func (v *VM) proxyDone([]uint64) Status {
	if v.scope == nil || v.scope.plugin.waiting == nil {
		return StatusNotFound
	}
	close(v.scope.plugin.waiting)
	v.scope.plugin.waiting = nil
	return StatusOK
}

// proxyGetStatus tells why an HTTP call has no answer.
func (v *VM) proxyGetStatus(s []uint64) Status {
	if v.scope == nil || !v.memory.WriteUint32Le(uint32(s[0]), uint32(v.scope.plugin.status)) {
		return StatusInvalidMemory
	}
	text := ""
	if v.scope.plugin.status != StatusOK {
		text = "reset"
	}
	return give(v, text, s[1], s[2])
}

func (v *VM) proxyCallForeignFunction(s []uint64) Status {
	name, ok1 := v.bytes(s[0], s[1])
	argument, ok2 := v.bytes(s[2], s[3])
	if !ok1 || !ok2 {
		return StatusInvalidMemory
	}
	if string(name) == "clear_route_cache" {
		// The host looks the cluster up at every attempt: there is nothing to clear.
		return v.point(s[4], s[5], 0, 0)
	}
	f := v.module.options.Foreign[string(name)]
	if f == nil {
		return StatusNotFound
	}
	result, st := f(argument)
	if st != StatusOK {
		return st
	}
	return give(v, result, s[4], s[5])
}
