package promgrid

// Options bound what a Collector or an Observer shows. The zero value is good.
type Options struct {
	// MaxHandlers is how many handlers of each end have series of their own, those that
	// were seen first; the others are counted together as "other". 0: 1000.
	MaxHandlers int
	// MaxPeers is how many peers have series of their own, the first by name;
	// grid_peers_left_out tells how many have none. 0: 500.
	MaxPeers int
	// Subroutes gives the handlers that are served here a label "subroute". Otherwise
	// those of all subroutes are counted together.
	Subroutes bool
	// NativeOnly leaves the classic buckets of histograms out, 21 series each. Prometheus
	// must then take in native histograms, and text formats show only sum and count.
	NativeOnly bool
}

const (
	defaultMaxHandlers = 1000
	defaultMaxPeers    = 500
)

func (o Options) withDefaults() Options {
	if o.MaxHandlers <= 0 {
		o.MaxHandlers = defaultMaxHandlers
	}
	if o.MaxPeers <= 0 {
		o.MaxPeers = defaultMaxPeers
	}
	return o
}
