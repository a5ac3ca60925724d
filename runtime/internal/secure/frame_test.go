package secure

import "testing"

// However a stream is cut, the ends of its records are found, and none is passed over.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{23, 3, 3, 0, 2, 1, 2, 23, 3, 3, 0, 0, 23, 3, 3, 1, 0}, uint8(3))
	f.Add([]byte{22, 3, 1, 0xff, 0xff, 9}, uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		var whole, cut frame
		whole.pass(stream)
		ends := map[int]bool{0: true}
		for at := 0; len(stream)-at >= headSize; {
			at += headSize + int(stream[at+3])<<8 + int(stream[at+4])
			ends[at] = true
		}
		for at := 0; at < len(stream); {
			b := stream[at:min(at+1+int(step), len(stream))]
			n := cut.rest(b)
			if n < 1 || n > len(b) {
				t.Fatalf("%d of %d bytes", n, len(b))
			}
			for i := at + 1; i < at+n; i++ {
				if ends[i] {
					t.Fatalf("%d bytes at %d are of two records", n, at)
				}
			}
			cut.pass(b[:n])
			at += n
			if boundary := cut.n == 0; boundary != ends[at] {
				t.Fatalf("at %d: %v", at, cut)
			}
		}
		if whole != cut && (whole.n != cut.n || whole.left != cut.left) {
			t.Fatalf("%v in one, %v in pieces", whole, cut)
		}
	})
}
