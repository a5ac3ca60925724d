package grid

// growingWindow is how much a receiver lets be under way to it. It starts small,
// so that what is in the network's queues is little and small messages pass soon,
// and doubles while the sender fills it within one round trip: then it is the
// window, and not the link, that limits the rate. The round trip is the shortest
// one seen, so that a queue that this end causes does not count as distance. This
// file is pure: no clock, no I/O.
type growingWindow struct {
	size, most int
	epoch      int64 // when the bytes below began to be counted, in nanoseconds
	bytes      int
}

// received notes n bytes at a time and returns by how much the window grows.
func (g *growingWindow) received(n int, now, roundTrip int64) (grow int) {
	g.bytes += n
	if now-g.epoch < roundTrip {
		return 0
	}
	// An epoch that lasted long says nothing about one round trip.
	if full := g.bytes >= g.size/2; full && now-g.epoch < 2*roundTrip {
		grow = min(g.size, g.most-g.size)
	}
	g.size += grow
	g.epoch, g.bytes = now, 0
	return grow
}
