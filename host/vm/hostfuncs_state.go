package vm

func (v *VM) proxyGetProperty(s []uint64) Status {
	path, ok := v.bytes(s[0], s[1])
	if !ok {
		return StatusInvalidMemory
	}
	if v.scope == nil {
		return StatusNotFound
	}
	value, ok := v.appendProperty(v.scratch[:0], path)
	v.scratch = value[:0]
	if !ok {
		return StatusNotFound
	}
	return give(v, value, s[2], s[3])
}

func (v *VM) proxySetProperty(s []uint64) Status {
	path, ok1 := v.bytes(s[0], s[1])
	value, ok2 := v.bytes(s[2], s[3])
	if !ok1 || !ok2 {
		return StatusInvalidMemory
	}
	if v.scope == nil || v.scope.stream == nil {
		return StatusNotFound
	}
	v.scope.stream.exchange.set(path, value)
	return StatusOK
}

func (v *VM) proxyGetSharedData(s []uint64) Status {
	key, ok := v.bytes(s[0], s[1])
	if !ok {
		return StatusInvalidMemory
	}
	value, cas, ok := v.module.options.Shared.Get(v.module.options.VMID, string(key))
	if !ok {
		return StatusNotFound
	}
	if !v.memory.WriteUint32Le(uint32(s[4]), cas) {
		return StatusInvalidMemory
	}
	return give(v, value, s[2], s[3])
}

func (v *VM) proxySetSharedData(s []uint64) Status {
	key, ok1 := v.bytes(s[0], s[1])
	value, ok2 := v.bytes(s[2], s[3])
	if !ok1 || !ok2 {
		return StatusInvalidMemory
	}
	if !v.module.options.Shared.Set(v.module.options.VMID, string(key), value, uint32(s[4])) {
		return StatusCasMismatch
	}
	return StatusOK
}

func (v *VM) proxyRegisterQueue(s []uint64) Status {
	name, ok := v.bytes(s[0], s[1])
	if !ok {
		return StatusInvalidMemory
	}
	if v.scope == nil {
		return StatusBadArgument
	}
	token := v.module.options.Shared.register(v.module.options.VMID, string(name), v.scope.plugin.queueReady)
	if !v.memory.WriteUint32Le(uint32(s[2]), token) {
		return StatusInvalidMemory
	}
	return StatusOK
}

func (v *VM) proxyResolveQueue(s []uint64) Status {
	vmID, ok1 := v.bytes(s[0], s[1])
	name, ok2 := v.bytes(s[2], s[3])
	if !ok1 || !ok2 {
		return StatusInvalidMemory
	}
	if len(vmID) == 0 {
		vmID = []byte(v.module.options.VMID)
	}
	token := v.module.options.Shared.resolve(string(vmID), string(name))
	if token == 0 {
		return StatusNotFound
	}
	if !v.memory.WriteUint32Le(uint32(s[4]), token) {
		return StatusInvalidMemory
	}
	return StatusOK
}

func (v *VM) proxyEnqueue(s []uint64) Status {
	value, ok := v.bytes(s[1], s[2])
	if !ok {
		return StatusInvalidMemory
	}
	return v.module.options.Shared.enqueue(uint32(s[0]), value)
}

func (v *VM) proxyDequeue(s []uint64) Status {
	item, st := v.module.options.Shared.dequeue(uint32(s[0]))
	if st != StatusOK {
		return st
	}
	return give(v, item, s[1], s[2])
}
