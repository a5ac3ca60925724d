package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// counted measures a stream of a given number of messages: with more and more
// of them, until it takes as long as the cell says. What went before was the
// warm-up.
func (b *bench) counted(stream func(ctx context.Context, count uint64) error) func(context.Context) (Metrics, error) {
	return func(ctx context.Context) (Metrics, error) {
		for count := uint64(128); ; {
			used, took, err := b.used(func() error { return stream(ctx, count) })
			if err != nil {
				return nil, err
			}
			if took >= b.cell.Time {
				n := float64(count)
				m := Metrics{Rate: n / took.Seconds(), MBRate: n * float64(b.cell.Size) / took.Seconds() / 1e6}
				used.perCall(m, n)
				return m, nil
			}
			count = more(count, took, b.cell.Time)
		}
	}
}

// more is how many messages should take d if count took so long: at least twice
// as many, and not so many more that a cold start is taken for the speed.
func more(count uint64, took, d time.Duration) uint64 {
	want := float64(count) * 1.1 * float64(d) / float64(max(took, time.Microsecond))
	return min(max(uint64(want), 2*count), 20*count)
}

func (b *bench) down(ctx context.Context, count uint64) error {
	st, err := b.client.Down(ctx, count, b.cell.Size)
	if err != nil {
		return err
	}
	defer st.Close()
	return receive(st, b.cell.Size, count)
}

// receive expects count messages, and then the end.
func receive(st peer.Receiver, size int, count uint64) error {
	check := peer.NewChecker(size)
	for {
		data, err := st.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := check.Check(data); err != nil {
			return err
		}
	}
	if check.Count() != count {
		return fmt.Errorf("%d messages arrived of %d", check.Count(), count)
	}
	return nil
}

// send sends count messages.
func send(put func([]byte) error, size int, count uint64) error {
	data := peer.Payload(size)
	for n := range count {
		peer.Stamp(data, n)
		if err := put(data); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) up(ctx context.Context, count uint64) error {
	st, err := b.client.Up(ctx)
	if err != nil {
		return err
	}
	if err := send(st.Send, b.cell.Size, count); err != nil {
		return err
	}
	n, bytes, err := st.Finish()
	if err != nil {
		return err
	}
	if n != count || bytes != count*uint64(b.cell.Size) {
		return fmt.Errorf("the server counted %d messages of %d bytes, sent were %d", n, bytes, count)
	}
	return nil
}

func (b *bench) duplex(ctx context.Context, count uint64) error {
	st, err := b.client.Chat(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	var sender sync.WaitGroup
	var sent error
	sender.Go(func() { sent = errors.Join(send(st.Send, b.cell.Size, count), st.CloseSend()) })
	err = receive(st, b.cell.Size, count)
	if err != nil {
		st.Close() // frees a sender that waits for room
	}
	sender.Wait()
	return errors.Join(err, sent)
}

// pingPong measures round trips on one stream.
func (b *bench) pingPong(ctx context.Context) (Metrics, error) {
	st, err := b.client.Chat(ctx)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	data, check := peer.Payload(b.cell.Size), peer.NewChecker(b.cell.Size)
	if err := roundTrips(st, data, check, warmUp, new(latencies)); err != nil {
		return nil, err
	}
	before, each := check.Count(), new(latencies)
	used, took, err := b.used(func() error { return roundTrips(st, data, check, b.cell.Time, each) })
	if err != nil {
		return nil, err
	}
	n := float64(check.Count() - before)
	m := Metrics{Rate: n / took.Seconds(), MBRate: n * float64(b.cell.Size) / took.Seconds() / 1e6}
	each.addTo(m)
	used.perCall(m, n)
	return m, nil
}

func roundTrips(st peer.Chat, data []byte, check *peer.Checker, d time.Duration, took *latencies) error {
	start := time.Now()
	for end := start.Add(d); start.Before(end); {
		if err := roundTrip(st, data, check); err != nil {
			return err
		}
		now := time.Now()
		took.add(0, now.Sub(start))
		start = now
	}
	return nil
}

func roundTrip(st peer.Chat, data []byte, check *peer.Checker) error {
	peer.Stamp(data, check.Count())
	if err := st.Send(data); err != nil {
		return err
	}
	got, err := st.Recv()
	if err != nil {
		return err
	}
	return check.Check(got)
}
