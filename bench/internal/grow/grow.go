// Package grow measures how cost grows with the number of calls, streams, peers,
// bytes and messages, and plots it.
package grow

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
	"github.com/gridrpc/gridc/bench/internal/plan"
	"github.com/gridrpc/gridc/bench/internal/proc"
	"github.com/gridrpc/gridc/bench/internal/tool"
)

// study is one figure against one quantity.
type study struct {
	name, title, x, y string
	xs                []int
	// measure returns the figure of one peer.
	measure func(ctx context.Context, peer string, x int) (float64, error)
	peers   []string
}

// Studies measures everything that grows and writes an SVG each into dir. It
// prints the figures as tables. each is how long a point takes.
func Studies(ctx context.Context, spawner proc.Spawner, dir string, peers []string, each time.Duration, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if len(peers) == 0 {
		peers = []string{plan.Base, plan.Grid, plan.GRPC}
	}
	for _, s := range studies(spawner, peers, each) {
		lines := s.run(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.print(out, lines); err != nil {
			return err
		}
		if err := s.plot(filepath.Join(dir, s.name+".svg"), lines); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func studies(spawner proc.Spawner, peers []string, each time.Duration) []study {
	cell := func(metric string, make func(x int) load.Cell) func(context.Context, string, int) (float64, error) {
		return func(ctx context.Context, name string, x int) (float64, error) {
			c := make(x)
			c.Time, c.Beyond = each, true
			m, err := spawner.Spawn(ctx, proc.Job{Peer: name, Cell: c})
			return m[metric], err
		}
	}
	return []study{
		{"in-flight", "512 B calls on one connection", "calls in flight", "CPU µs a call, both ends", powers(1, 65536, 4),
			cell(load.CPU, func(x int) load.Cell { return load.Cell{Kind: load.Echo, Size: 512, Flight: x} }), peers},
		{"streams", "idle streams on one connection", "open streams", "bytes held a stream, both ends", powers(10, 100_000, 10),
			cell(load.Held, func(x int) load.Cell { return load.Cell{Kind: load.Streams, Count: x} }), peers},
		{"peers", "512 B calls, 64 in flight, over all connections in turn", "peers", "CPU µs a call, both ends", []int{2, 5, 10, 20, 50, 100},
			cell(load.CPU, func(x int) load.Cell { return load.Cell{Kind: load.Peers, Size: 512, Flight: 64, Count: x} }), peers},
		{"size", "calls, one at a time", "payload bytes", "µs a call", append([]int{0}, powers(1, 16<<20, 4)...),
			duration(cell(load.Rate, func(x int) load.Cell { return load.Cell{Kind: load.Echo, Size: x, Flight: 1} })), peers},
		{"schema", "gridc gen, one file, cold", "messages in the file", "ms", []int{1, 3, 10, 30, 100, 300, 1000},
			func(ctx context.Context, _ string, x int) (float64, error) {
				took, err := tool.Generate(ctx, x)
				return took.Seconds() * 1e3, err
			}, []string{plan.Grid}},
	}
}

// duration turns a rate into how long one takes, in microseconds.
func duration(rate func(context.Context, string, int) (float64, error)) func(context.Context, string, int) (float64, error) {
	return func(ctx context.Context, name string, x int) (float64, error) {
		r, err := rate(ctx, name, x)
		if r == 0 {
			return 0, err
		}
		return 1e6 / r, err
	}
}

func powers(from, to, factor int) (xs []int) {
	for x := from; x <= to; x *= factor {
		xs = append(xs, x)
	}
	return xs
}

// line is what one peer showed: a point for each x, or why it ends.
type line struct {
	peer   string
	xs, ys []float64
	err    error
}

// run measures all points of all peers that can do it.
func (s study) run(ctx context.Context) (lines []line) {
	for _, name := range s.peers {
		p, ok := peer.Find(name)
		if !ok || s.name == "streams" && !(load.Cell{Kind: load.Streams}).Fits(p) {
			continue
		}
		l := line{peer: name}
		for _, x := range s.xs {
			y, err := s.measure(ctx, name, x)
			if err != nil {
				l.err = fmt.Errorf("at %d: %w", x, err)
				break
			}
			l.xs, l.ys = append(l.xs, float64(x)), append(l.ys, y)
		}
		lines = append(lines, l)
	}
	return lines
}
