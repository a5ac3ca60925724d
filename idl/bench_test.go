package idl

import "testing"

func BenchmarkParse(b *testing.B) {
	src := design(b, "storage.grid")
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		Parse("storage.grid", src)
	}
}

func BenchmarkScan(b *testing.B) {
	src := string(design(b, "storage.grid"))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		scan(src)
	}
}
