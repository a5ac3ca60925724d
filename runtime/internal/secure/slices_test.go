package secure

import (
	"io"
	"testing"
	"testing/synctest"
)

// Who writes in slices sees each of them go, also where all of the batch is encrypted and
// the peer reads no more than the first: so a slow link is told from one that stands still.
func TestWriteWaitsForItsSliceAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, theirs := memPair(t, 4<<10)
		batch := randomBytes(200 << 10)
		n, err := p.ours.TryWrite(batch)
		if err != nil {
			t.Fatal(err)
		}
		const slice = 16 << 10
		go io.CopyN(io.Discard, theirs, int64(n+2*slice)) // and what TLS adds to the batch
		if m, err := p.ours.Write(batch[n : n+slice]); m != slice || err != nil {
			t.Errorf("%d of %d bytes, %v", m, slice, err)
		}
		synctest.Wait()
	})
}

// Close ends what TLS says with an alert, by which the peer tells the end from a cut.
func TestCloseSaysGoodbye(t *testing.T) {
	p, _, theirs := memPair(t, 0)
	p.ours.Close()
	const alert = headSize + 2 + 1 + 16 // of TLS 1.3, with its true type and the tag of AES-GCM or ChaCha20
	if b, err := io.ReadAll(theirs); len(b) != alert || err != nil {
		t.Errorf("%x, %v, want a record of %d bytes", b, err, alert)
	}
}
