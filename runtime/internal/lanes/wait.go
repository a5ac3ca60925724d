package lanes

// wait measures how long a chunk waits that fills the share: from its batch until room for it has come back, less
// the shortest such time or round trip. A small message that goes behind such a chunk waits in
// the same queues. Timing the small messages themselves would take a reading of the clock for each; the two readings
// that are used here are made for every batch and every read.
type wait struct {
	left  int64 // bytes that are to come back until the chunk has, 0 if none is timed
	since int64 // when it went
	times int   // how many waits mean is of
	mean  int64 // in nanoseconds, each new one counts a sixteenth

	shortest int64 // of all times from a batch until room came back, 0 if there was none
}

const (
	// patience is how long, in nanoseconds, a chunk may wait that fills the share. With 80, 90, 100 and 110 µs a small
	// call of 512 B has a median of 84, 87, 98 and 102 µs (alone 25), and two calls of 16 MiB beside it get 1.50, 1.67,
	// 1.56 and 1.50 times the bytes of commit 4abbec9 through (bench, cell beside/512B/2pump; see bench/MISSES.md).
	patience = 90_000
	// enoughWaits is how many are measured before the share follows them.
	enoughWaits = 16
)

// begin times a chunk, after which so many bytes are under way, if no other one is being timed.
func (w *wait) begin(under, now int64) {
	if w.left == 0 {
		w.left, w.since = under, now
	}
}

// returned notes that n bytes came back. It reports whether the mean is of enough waits.
func (w *wait) returned(n, now, roundTrip int64) bool {
	if w.left == 0 {
		return false
	}
	w.left = max(0, w.left-n)
	if w.left > 0 {
		return false
	}
	if now <= w.since {
		return false // room that was read before the chunk went: the window has grown
	}
	trip := now - w.since
	if w.shortest == 0 || trip < w.shortest {
		w.shortest = trip
	}
	took := max(0, trip-min(roundTrip, w.shortest))
	w.mean += (took - w.mean) / int64(min(w.times+1, enoughWaits))
	w.times++
	return w.times >= enoughWaits
}
