package jsontext

import "strconv"

// Object consumes an object. member is called once for each member with the key as it is meant (escapes undone) and
// must consume the value. The key's bytes are only valid during the call.
func (r *Reader) Object(member func(key []byte) error) error {
	err := r.Enter(Object)
	for first := true; err == nil; first = false {
		var key []byte
		if key, err = r.NextMember(first); key == nil {
			break
		}
		err = member(key)
	}
	return err
}

// Array consumes an array. item is called once for each element with its index and must consume it.
func (r *Reader) Array(item func(i int) error) error {
	err := r.Enter(Array)
	for i := 0; err == nil; i++ {
		var more bool
		if more, err = r.NextItem(i == 0); !more {
			break
		}
		err = item(i)
	}
	return err
}

// Enter consumes the opening of an array or an object. NextItem or NextMember must follow until they say that it has
// ended. They do what Array and Object do, without a closure: that is dear in WebAssembly.
func (r *Reader) Enter(want Kind) error {
	if kinds[r.next()] != want {
		return r.expect(want)
	}
	r.depth++
	if r.depth > r.maxDepth {
		return r.fail("nested deeper than " + strconv.Itoa(r.maxDepth) + " levels")
	}
	r.pos++
	return nil
}

// NextMember consumes the next member's key and its colon, and returns the key as it is meant (escapes undone; never
// nil, even if empty); the value must be consumed by the caller. It returns nil at the object's end, which it consumes,
// and for an error. first says that nothing was read of the object yet.
func (r *Reader) NextMember(first bool) (key []byte, err error) {
	switch c := r.next(); {
	case c == '}':
		r.depth--
		r.pos++
		return nil, nil
	case r.pos >= len(r.data):
		return nil, r.fail("unexpected end inside an object")
	case !first && c == ',':
		r.pos++
	case !first:
		return nil, r.fail("expected ',' or '}'")
	}
	if r.next() == '"' { // nearly every key has no escape
		start := r.pos + 1
		if end := Plain(r.data, start); end < len(r.data) && r.data[end] == '"' {
			key, r.pos = r.data[start:end], end+1
		}
	}
	if key == nil {
		if key, err = r.Bytes(); err != nil {
			return nil, err
		}
	}
	if r.next() != ':' {
		return nil, r.fail("expected ':'")
	}
	r.pos++
	return key, nil
}

// NextItem goes to an array's next element, which the caller must consume. more is false at the array's end, which it
// consumes, and for an error. first says that nothing was read of the array yet.
func (r *Reader) NextItem(first bool) (more bool, err error) {
	switch c := r.next(); {
	case c == ']':
		r.depth--
		r.pos++
		return false, nil
	case r.pos >= len(r.data):
		return false, r.fail("unexpected end inside an array")
	case !first && c == ',':
		r.pos++
	case !first:
		return false, r.fail("expected ',' or ']'")
	}
	return true, nil
}

// Skip consumes any one value, checking that it is well formed.
func (r *Reader) Skip() error {
	switch r.Peek() {
	case Object:
		return r.skipObject()
	case Array:
		return r.skipArray()
	case String:
		_, _, err := r.span()
		return err
	case Number:
		_, err := r.number()
		return err
	case Bool:
		_, err := r.Bool()
		return err
	case Null:
		return r.Null()
	}
	if r.pos >= len(r.data) {
		return r.fail("unexpected end, expected a value")
	}
	return r.fail("expected a value")
}

func (r *Reader) skipObject() error {
	err := r.Enter(Object)
	for first := true; err == nil; first = false {
		var key []byte
		if key, err = r.NextMember(first); key == nil {
			break
		}
		err = r.Skip()
	}
	return err
}

func (r *Reader) skipArray() error {
	err := r.Enter(Array)
	for first := true; err == nil; first = false {
		var more bool
		if more, err = r.NextItem(first); !more {
			break
		}
		err = r.Skip()
	}
	return err
}
