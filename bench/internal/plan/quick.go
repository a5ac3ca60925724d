package plan

import (
	"slices"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// Rounds and times of the quick plan.
const (
	QuickRounds = 3
	quickTime   = 150 * time.Millisecond
	quickBeside = 600 * time.Millisecond
)

// Others are the peers that have calls over TLS and are no limit of anything:
// what gridc has to be ahead of.
func Others() []string { return []string{GRPC, "connect", "drpc", TTRPC, "net/rpc"} }

// quick is the quick plan while it is put together.
type quick struct {
	steps []Step
	older string
}

// Quick is what the goals need, and no more. older is the build of gridc that some
// of them are ratios to, "" for none.
func Quick(older string) []Step {
	q := &quick{older: older}
	q.first()
	q.secure()
	q.production()
	q.clusters()
	q.idle()
	return q.steps
}

// add adds cells with their peers; the older build is left out if there is none.
func (q *quick) add(peers []string, cells ...load.Cell) {
	peers = slices.DeleteFunc(slices.Clone(peers), func(name string) bool { return name == "" })
	for _, c := range cells {
		c.Time = quickTime
		if c.Kind == load.Beside || c.Kind == load.Due {
			c.Time = quickBeside
		}
		s := newStep(c, slices.Clone(peers))
		if isReused(c) {
			s.Peers = append(s.Peers, Reuse)
		}
		q.steps = append(q.steps, s)
	}
}

// isReused reports whether the quick plan measures a cell with @reuse as well:
// where goals are about one process, and messages are what costs.
func isReused(c load.Cell) bool {
	return !c.Split && !c.TLS && (c.Kind == load.Echo || c.Kind == load.Down || c.Kind == load.Up)
}

// first are the goals on a plain socket.
func (q *quick) first() {
	u := Unary()
	q.add([]string{Base, Grid, q.older, GRPC, Bytes, Mux}, u[0])
	q.add([]string{Base, Grid, q.older, GRPC, Mux}, u[1], u[2])
	q.add([]string{Base, Grid, q.older, GRPC}, u[3], u[4], Many())
	q.add([]string{Base, Grid, q.older, GRPC}, Beside())
	q.add([]string{Base, Grid, GRPC}, BesideOne())
	for _, size := range []int{512, 64 << 10} {
		q.add([]string{Base, Grid, GRPC}, load.Cell{Kind: load.Down, Size: size}, load.Cell{Kind: load.Up, Size: size})
	}
	q.add([]string{Base, Grid, GRPC}, each(Split, u...)...)
}

// secure are the goals over TLS.
func (q *quick) secure() {
	u := each(Secure, Unary()...)
	q.add([]string{Grid, q.older, TTRPC, GRPC}, u[0])
	q.add([]string{Grid, q.older, GRPC}, u[1], u[2])
	q.add(append([]string{Grid, q.older}, Others()...), u[4])
	for _, kind := range []load.Kind{load.Down, load.Up} {
		streams := slices.DeleteFunc(Others(), func(name string) bool { return name == "net/rpc" })
		q.add(append([]string{Grid, q.older}, streams...), load.Cell{Kind: kind, Size: 64 << 10, TLS: true})
	}
}

// production are the goals of load that arrives when it wants.
func (q *quick) production() {
	q.add([]string{Grid, q.older}, Due(1), Due(2))
	q.add([]string{Grid}, Secure(Due(1)), Secure(Due(2)))
	q.add([]string{Grid, GRPC}, Half())
}

func (q *quick) clusters() { q.add([]string{Grid, GRPC}, clusters()...) }

func (q *quick) idle() {
	all := []string{Base, Grid, GRPC}
	q.add(all, idle()...)
	q.add(all, Secure(idle()[0]))
}
