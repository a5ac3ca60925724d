package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// restartCall is how long one call may take: far more than a restart does.
const restartCall = 10 * time.Second

// restarted counts what calls met while their server restarted.
type restarted struct {
	mu                sync.Mutex
	good, lost, doubt int
	slowest           time.Duration
}

// runRestart measures calls to a server that is restarted Count times in good order,
// with Flight callers that wait until it is ready. An error is counted and no
// failure of the measurement.
func runRestart(ctx context.Context, p peer.Peer, c Cell) (Metrics, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := ln.Addr().String()
	stop, err := p.Restart.Serve(ln)
	if err != nil {
		return nil, err
	}
	client, err := p.Restart.Dial(address)
	if err != nil {
		return nil, errors.Join(err, stop(ctx))
	}
	defer client.Close()
	if err := newWorker(0, c.Size).call(ctx, client); err != nil {
		return nil, errors.Join(err, stop(ctx))
	}
	sum, over := new(restarted), make(chan struct{})
	var callers sync.WaitGroup
	start := time.Now()
	for i := range c.Flight {
		callers.Go(func() { sum.calls(ctx, over, newWorker(i, c.Size), client, p.Restart) })
	}
	for range c.Count {
		time.Sleep(c.Time / time.Duration(c.Count))
		if stop, err = restart(ctx, p.Restart, address, stop); err != nil {
			break
		}
	}
	time.Sleep(c.Time / time.Duration(c.Count))
	close(over)
	callers.Wait()
	took := time.Since(start)
	if err == nil {
		err = stop(ctx)
	}
	return Metrics{
		Rate: float64(sum.good) / took.Seconds(), Slowest: float64(sum.slowest) / float64(time.Millisecond),
		Lost: float64(sum.lost), Doubt: float64(sum.doubt),
	}, err
}

// restart ends the server in good order and starts another one at its address.
func restart(ctx context.Context, r *peer.Restart, address string, stop func(context.Context) error) (func(context.Context) error, error) {
	ctx, cancel := context.WithTimeout(ctx, restartCall)
	defer cancel()
	if err := stop(ctx); err != nil {
		return nil, fmt.Errorf("the server did not end: %w", err)
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return r.Serve(ln)
}

// calls makes one call after the other.
func (s *restarted) calls(ctx context.Context, over <-chan struct{}, w *worker, client peer.Client, r *peer.Restart) {
	for {
		select {
		case <-over:
			return
		default:
		}
		begun := time.Now()
		call, cancel := context.WithTimeout(ctx, restartCall)
		err := w.call(call, client)
		cancel()
		s.add(time.Since(begun), err, r)
	}
}

func (s *restarted) add(took time.Duration, err error, r *peer.Restart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slowest = max(s.slowest, took)
	switch {
	case err == nil:
		s.good++
	case r.InDoubt(err):
		s.doubt++
		fallthrough
	default:
		s.lost++
	}
}
