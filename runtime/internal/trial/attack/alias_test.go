package attack_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Handlers of the aliasing attack.
const (
	aliasWhole  = grid.HandlerID(201) + iota // answers with its payload
	aliasPart                                // with a part of it
	aliasPooled                              // with a part of a pooled buffer
	aliasLate                                // when the caller has given up
	aliasStream                              // sends back the halves of what comes
)

func registerAliases(m *grid.Manager) error {
	return trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
		aliasWhole: trial.Echo,
		aliasPart:  func(_ context.Context, p []byte) ([]byte, error) { return p[len(p)/3 : len(p)-len(p)/4], nil },
		aliasPooled: func(_ context.Context, p []byte) ([]byte, error) {
			b := append(m.GetByteBuffer(len(p)+300), p...)
			return b[len(b)/2:], nil
		},
		aliasLate: func(ctx context.Context, p []byte) ([]byte, error) {
			<-ctx.Done() // the caller has given up and writes over its request
			return p, nil
		},
	}, map[grid.HandlerID]grid.StreamHandler{aliasStream: {InCapacity: 8, OutCapacity: 8, Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
		out <- p[:len(p)/2]
		for m := range in {
			out <- bytes.Clone(m[len(m)/2:]) // what is sent is the runtime's
			out <- m
		}
		out <- p
		return nil
	}}})(m)
}

// A handler may answer with any part of its payload or of a pooled buffer, and a
// caller may change its request as soon as the call is over, however it ended:
// nobody ever reads what belongs to another call.
func TestAttackAliasing(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		if err := registerAliases(a.Manager); err != nil {
			t.Fatal(err)
		}
		a.Net.SetLink("probe", "target", gridtest.Link{}) // so all of them run at a time
		m, end := a.Caller(t, "probe", nil)
		a.AtEnd(end)
		c := m.Connection("target")
		trial.WantConnected(t, c)
		a.MayAllocate(256 << 20) // the requests and the answers
		ctx, cancel := context.WithTimeout(t.Context(), trial.ProbePatience)
		defer cancel()
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				luck := rand.New(rand.NewPCG(7, uint64(worker)))
				if err := writeOver(ctx, c, m, luck, worker); err != nil {
					t.Error(err)
				}
				if err := echoHalves(ctx, c, luck); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		a.Bounded(t, 4<<20, 2) // what the two nodes keep for the next messages
	})
}

// writeOver makes calls, and then writes over their requests.
func writeOver(ctx context.Context, c *grid.Connection, m *grid.Manager, luck *rand.Rand, worker int) error {
	want := map[grid.HandlerID]func([]byte) []byte{
		aliasWhole:  func(p []byte) []byte { return p },
		aliasPart:   func(p []byte) []byte { return p[len(p)/3 : len(p)-len(p)/4] },
		aliasPooled: func(p []byte) []byte { return p[len(p)/2:] },
	}
	req := make([]byte, 100_000)
	for round := range 60 {
		p := req[:1+luck.IntN([]int{200, 600, 5000, 99_000}[round%4])]
		fill(p, byte(worker*31+round))
		id := aliasWhole + grid.HandlerID(round%3)
		reply, err := c.Request(ctx, id, p)
		if err != nil || !bytes.Equal(reply, want[id](p)) {
			return fmt.Errorf("handler %d, %d bytes: another answer, %w", id, len(p), err)
		}
		m.PutByteBuffer(reply)
		giveUp(ctx, c, luck, p)
		clear(p)
	}
	return nil
}

// giveUp makes a call that is given up: after a millisecond, when all is still, or at
// any moment of its way.
func giveUp(ctx context.Context, c *grid.Connection, luck *rand.Rand, p []byte) {
	short, stop := context.WithTimeout(ctx, time.Millisecond)
	defer stop()
	if steps := luck.IntN(200); steps < 100 {
		go func() {
			for range steps {
				runtime.Gosched()
			}
			stop()
		}()
	}
	c.Request(short, aliasLate, p)
}

// fill writes bytes that belong to one call only.
func fill(p []byte, seed byte) {
	for i := range p {
		p[i] = seed + byte(i*7)
	}
}

// echoHalves uses aliasStream: each message comes back, its second half first.
func echoHalves(ctx context.Context, c *grid.Connection, luck *rand.Rand) error {
	payload := make([]byte, 3000)
	fill(payload, 99)
	st, err := c.NewStream(ctx, aliasStream, payload)
	if err != nil {
		return err
	}
	var sent [][]byte
	go func() {
		for i := range 40 {
			m := make([]byte, 1+luck.IntN(9000))
			fill(m, byte(i))
			st.Requests <- m
		}
		close(st.Requests)
	}()
	sent = append(sent, payload[:1500])
	n := 0
	err = st.Results(func(m []byte) error {
		n++
		switch {
		case n == 1 && !bytes.Equal(m, sent[0]), n == 82 && !bytes.Equal(m, payload):
			return fmt.Errorf("message %d is another", n)
		case n%2 == 1 && n > 1:
			whole := bytes.Clone(m)
			fill(whole, byte((n-3)/2))
			if !bytes.Equal(m, whole) {
				return fmt.Errorf("message %d is another", n)
			}
		}
		return nil
	})
	if err == nil && n != 82 {
		err = fmt.Errorf("%d messages came", n)
	}
	return err
}
