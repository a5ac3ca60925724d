package lanes

// Window is how many bytes a receiver lets be under way to it. It starts small, so that
// little is in the network's queues and small messages pass soon. It doubles while the
// sender fills it within each round trip: then the window, and not the link, limits the
// rate. The round trip is the shortest
// one seen, so that a queue that this end causes does not count as distance. This
// file is pure: no clock, no I/O.
type Window struct {
	Size, Most int
	epoch      int64 // when the bytes below began to be counted, in nanoseconds
	bytes      int
	filled     int // round trips in a row in which the window was filled
}

// sustained is how many round trips in a row have to fill the window. A reader that
// had to wait for a processor finds a window's worth in the kernel's buffers, as if
// it had come at once; with one round trip the window grew to 2 MiB on loopback, and
// the p99 of small calls beside large ones from 1.3 ms to 2.5 (bench, cell
// beside/512B/1pump/P8).
const sustained = 4

// Received notes n bytes at a time and returns by how much the window grows.
func (g *Window) Received(n int, now, roundTrip int64) (grow int) {
	g.bytes += n
	took := now - g.epoch
	if took < roundTrip {
		return 0
	}
	// An epoch that lasted long says nothing about one round trip.
	if g.bytes >= g.Size/2 && took < 2*roundTrip {
		g.filled++
	} else {
		g.filled = 0
	}
	if g.filled == sustained {
		grow = min(g.Size, g.Most-g.Size)
		g.filled = 0
	}
	g.Size += grow
	g.epoch, g.bytes = now, 0
	return grow
}
