package scorer

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
)

// readNPY reads rows of float32 that numpy.save wrote in version 1.0 of its format, row by row.
func readNPY(t testing.TB, path string, dimension int) [][]float32 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("\x93NUMPY\x01\x00")) || !bytes.Contains(b[:128], []byte("'descr': '<f4', 'fortran_order': False")) {
		t.Fatalf("%s is no array of float32", path)
	}
	b = b[10+binary.LittleEndian.Uint16(b[8:]):]
	all := make([]float32, len(b)/4)
	if _, err := binary.Decode(b, binary.LittleEndian, all); err != nil {
		t.Fatal(err)
	}
	var rows [][]float32
	for ; len(all) >= dimension; all = all[dimension:] {
		rows = append(rows, all[:dimension:dimension])
	}
	return rows
}
