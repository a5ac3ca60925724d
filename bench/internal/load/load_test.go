package load

import (
	"context"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// start serves a peer in this process.
func start(t *testing.T, p peer.Peer) Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := p.Serve(ln, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return Server{Address: ln.Addr().String()}
}

func find(t *testing.T, name string) peer.Peer {
	t.Helper()
	p, ok := peer.Find(name)
	if !ok {
		t.Fatalf("there is no peer %q", name)
	}
	return p
}

func TestEveryKindIsMeasured(t *testing.T) {
	const d = 30 * time.Millisecond
	want := map[Kind][]string{
		Echo:     {Rate, MBRate, P50, P99, CPU, Allocs, AllocBytes},
		Down:     {Rate, MBRate, CPU},
		Up:       {Rate, MBRate, CPU},
		PingPong: {Rate, MBRate, P50, P99, CPU},
		Duplex:   {Rate, MBRate, CPU},
		Beside:   {Rate, MBRate, P50, P99, CPUPerMB},
		Sessions: {Rate, Held, Goroutines},
		Streams:  {Rate, Held},
		Peers:    {Rate, P50, CPU},
		Due:      {Rate, MBRate, P50, P99, P999, Late, CPUPerMB},
		Mesh:     {Rate, P50, P99, CPU},
		Start:    {Ready, CPU},
		Crowd:    {Rate, P50, P99, CPU},
		Restart:  {Rate, Slowest},
		Rolling:  {Rate, Slowest},
	}
	for kind, metrics := range want {
		c := Cell{Kind: kind, Size: 512, Flight: 4, Time: d}
		switch kind {
		case Beside:
			c.Pumps = 2
		case Due:
			c.Pumps, c.PerSecond = 1, 2000
		case Mesh, Start, Crowd:
			c.Count = 4
		case Sessions, Streams, Peers:
			c.Count = 40
		case Restart, Rolling:
			c.Count = 5
		}
		for _, name := range []string{"gridc", "grpc-go"} {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				p := find(t, name)
				m, err := Run(t.Context(), p, c, start(t, p))
				if err != nil {
					t.Fatal(err)
				}
				for _, metric := range metrics {
					if m[metric] <= 0 {
						t.Errorf("%s is %v", metric, m[metric])
					}
				}
			})
		}
	}
}

// liar answers calls with what they did not say.
type liar struct{ peer.Client }

func (liar) Echo(_ context.Context, c *peer.Call) error {
	c.GotText, c.GotData = c.Text, slices.Concat(c.Data, []byte("!"))
	return nil
}

func (liar) Close() {}

type liarDialer struct{}

func (liarDialer) Dial(context.Context) (peer.Client, error) { return liar{}, nil }
func (liarDialer) Close()                                    {}

func TestAWrongAnswerFailsTheMeasurement(t *testing.T) {
	p := peer.Peer{Name: "liar", Dialer: func(peer.Target) (peer.Dialer, error) { return liarDialer{}, nil }}
	_, err := Run(t.Context(), p, Cell{Kind: Echo, Size: 16, Flight: 2, Time: time.Second}, Server{})
	if err == nil || !strings.Contains(err.Error(), "got 17") {
		t.Errorf("the error is %v", err)
	}
}

func TestLargePayloadsAreCutWhereTheyMustBe(t *testing.T) {
	if got := pieces(bulk, 0); !slices.Equal(got, []int{bulk}) {
		t.Errorf("without a limit: %v", got)
	}
	sum := 0
	for _, n := range pieces(bulk, 3<<20) {
		sum += n
		if n > 3<<20 || n <= 0 {
			t.Errorf("a piece of %d bytes", n)
		}
	}
	if sum != bulk {
		t.Errorf("the pieces are %d bytes together", sum)
	}
}

func TestQuantiles(t *testing.T) {
	l := new(latencies)
	if none := l.quantile(0.5); none != 0 {
		t.Errorf("of none, p50 is %v", none)
	}
	l.add(3, 7*time.Microsecond)
	if one := l.quantile(0.99); !near(one, 7) {
		t.Errorf("of a single one, p99 is %v", one)
	}
	l = new(latencies)
	for i := range 1000 {
		l.add(i, time.Duration(i+1)*time.Microsecond)
	}
	for q, want := range map[float64]float64{0.5: 501, 0.99: 991, 0.999: 1000, 1: 1000} {
		if got := l.quantile(q); !near(got, want) {
			t.Errorf("the %v quantile is %v, not %v", q, got, want)
		}
	}
	if l.count() != 1000 {
		t.Errorf("%d were counted", l.count())
	}
}

// near allows for the width of a bucket.
func near(got, want float64) bool { return math.Abs(got-want) <= want/64+0.001 }

// Every duration is counted close to itself, and a longer one never below.
func TestBucketsAreNarrow(t *testing.T) {
	last := 0
	for d := time.Duration(0); d < 10*time.Minute; d += d/50 + 1 {
		b := bucket(d)
		if b < last || !near(middle(b)/1e3, float64(d)/1e3) {
			t.Fatalf("%v is counted as %vns", d, middle(b))
		}
		last = b
	}
	if bucket(-time.Second) != 0 || bucket(math.MaxInt64) != buckets-1 {
		t.Error("what is beyond all buckets is not in the outermost")
	}
}

func TestStreamsGrowUntilTheyLastLongEnough(t *testing.T) {
	if got := more(100, time.Millisecond, time.Second); got != 2000 {
		t.Errorf("far too short: %d, and not 20 times as many", got)
	}
	if got := more(100, 900*time.Millisecond, time.Second); got != 200 {
		t.Errorf("almost long enough: %d, and not twice as many", got)
	}
}

func TestUsageCountsWhatIsUsed(t *testing.T) {
	before, err := ReadUsage(false)
	if err != nil {
		t.Fatal(err)
	}
	var kept [][]byte
	for range 1000 {
		kept = append(kept, make([]byte, 1024))
	}
	after, err := ReadUsage(false)
	if err != nil {
		t.Fatal(err)
	}
	used := after.since(before)
	if used.Mallocs < 1000 || used.Bytes < 1000*1024 || used.CPU < 0 {
		t.Errorf("1,000 allocations of 1 KiB count as %+v", used)
	}
	if sum := used.plus(used); sum.Mallocs != 2*used.Mallocs {
		t.Errorf("twice %d is %d", used.Mallocs, sum.Mallocs)
	}
	if len(kept) != 1000 {
		t.Error("nothing was kept")
	}
}

func TestCellsHaveNames(t *testing.T) {
	for want, c := range map[string]Cell{
		"echo/512B/16/2p":      {Kind: Echo, Size: 512, Flight: 16, Split: true},
		"echo/512B/1/tls/2p":   {Kind: Echo, Size: 512, Flight: 1, TLS: true, Split: true},
		"due/64B/2000s/1pump":  {Kind: Due, Size: 64, PerSecond: 2000, Pumps: 1},
		"due/512B/half":        {Kind: Due, Size: 512, PerSecond: 1234, Load: "half"},
		"mesh/512B/32":         {Kind: Mesh, Size: 512, Count: 32},
		"start/100/tls":        {Kind: Start, Count: 100, TLS: true},
		"crowd/512B/16/100":    {Kind: Crowd, Size: 512, Flight: 16, Count: 100},
		"sessions/32/heap256":  {Kind: Sessions, Count: 32, Heap: 256},
		"echo/1MiB/1":          {Kind: Echo, Size: 1 << 20, Flight: 1},
		"beside/512B/1pump/P8": {Kind: Beside, Size: 512, Pumps: 1, Procs: 8},
		"sessions/1024":        {Kind: Sessions, Count: 1024},
		"pingpong/64KiB":       {Kind: PingPong, Size: 64 << 10},
	} {
		if got := c.String(); got != want {
			t.Errorf("%s is called %s", want, got)
		}
	}
}
