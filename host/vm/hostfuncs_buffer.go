package vm

import "bytes"

// buffer returns what the module sees under a buffer's number.
func (v *VM) buffer(kind uint64) ([]byte, bool) {
	if v.scope == nil {
		return nil, false
	}
	p, s := v.scope.plugin, v.scope.stream
	switch {
	case kind == bufferVMConfig:
		return nil, true
	case kind == bufferPluginConfig:
		return p.config.Configuration, true
	case kind == bufferCallBody && p.response != nil:
		return p.response.Body, true
	case kind == bufferRequestBody && s != nil:
		return s.request.body, true
	case kind == bufferResponseBody && s != nil:
		return s.response.body, true
	}
	return nil, false
}

func (v *VM) proxyGetBuffer(s []uint64) Status {
	if s[0] > bufferMax {
		return StatusBadArgument
	}
	b, ok := v.buffer(s[0])
	if !ok {
		return StatusNotFound
	}
	start, length := uint64(uint32(s[1])), uint64(uint32(s[2]))
	if start+length > 1<<32-1 {
		return StatusBadArgument
	}
	start = min(start, uint64(len(b)))
	return give(v, b[start:min(start+length, uint64(len(b)))], s[3], s[4])
}

func (v *VM) proxyGetBufferStatus(s []uint64) Status {
	if s[0] > bufferMax {
		return StatusBadArgument
	}
	b, ok := v.buffer(s[0])
	if !ok {
		return StatusNotFound
	}
	if !v.memory.WriteUint32Le(uint32(s[1]), uint32(len(b))) || !v.memory.WriteUint32Le(uint32(s[2]), 0) {
		return StatusInvalidMemory
	}
	return StatusOK
}

// proxySetBuffer changes a body as Envoy does: at 0 the first bytes are taken off and the new ones put before the rest,
// at or after the end they are appended, and anywhere else is refused.
func (v *VM) proxySetBuffer(s []uint64) Status {
	if s[0] > bufferMax {
		return StatusBadArgument
	}
	data, ok := v.bytes(s[3], s[4])
	if !ok {
		return StatusInvalidMemory
	}
	if v.scope == nil || v.scope.stream == nil || v.scope.stream.log != nil {
		return StatusNotFound
	}
	var d *half
	switch s[0] {
	case bufferRequestBody:
		d = &v.scope.stream.request
	case bufferResponseBody:
		d = &v.scope.stream.response
	default:
		return StatusBadArgument
	}
	d.wrote = true
	start, length := uint64(uint32(s[1])), min(uint64(uint32(s[2])), uint64(len(d.body)))
	switch {
	case start == 0:
		d.body = append(bytes.Clone(data), d.body[length:]...)
	case start >= uint64(len(d.body)):
		d.own()
		d.body = append(d.body, data...)
	default:
		return StatusBadArgument
	}
	d.owned = true
	return StatusOK
}
