package attack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"testing"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// bombs are short values of MessagePack that claim to be long or deep.
func bombs() map[string][]byte {
	m := map[string][]byte{
		"list":         {0xdd, 0xff, 0xff, 0xff, 0xff},
		"map":          {0xdf, 0xff, 0xff, 0xff, 0xff},
		"string":       {0xdb, 0xff, 0xff, 0xff, 0xff},
		"bytes":        {0xc6, 0xff, 0xff, 0xff, 0xff},
		"extension":    {0xc9, 0xff, 0xff, 0xff, 0xff, 1},
		"short list":   {0xdc, 0x27, 0x10},
		"deep lists":   bytes.Repeat([]byte{0x91}, 60000),
		"deep maps":    bytes.Repeat([]byte{0x81, 0x01}, 30000),
		"nothing":      {},
		"never a type": {0xc1},
	}
	all := maps.Clone(m)
	for name, v := range m {
		for key := byte(1); key <= 11; key++ {
			all[fmt.Sprintf("field %d: %s", key, name)] = append([]byte{0x81, key}, v...)
		}
	}
	return all
}

// generated makes one empty value of each type.
var generated = []func() grid.Message{
	func() grid.Message { return storage.NewDiskInfoOptions() },
	func() grid.Message { return storage.NewDiskInfo() },
	func() grid.Message { return storage.NewDiskMetrics() },
	func() grid.Message { return storage.NewReadVersionRequest() },
	func() grid.Message { return storage.NewFileInfo() },
	func() grid.Message { return storage.NewPartInfo() },
	func() grid.Message { return storage.NewDeleteFileRequest() },
	func() grid.Message { return new(storage.WalkDirOptions) },
	func() grid.Message { return new(storage.WalkEntry) },
	func() grid.Message { return new(storage.Op) },
	func() grid.Message { return new(storage.Ack) },
	func() grid.Message { return new(storage.FileNotFound) },
	func() grid.Message { return new(storage.DiskOffline) },
}

// routeDecode is a handler that decodes its payload as each of the generated types.
const routeDecode = trial.RouteHuge + 1

// decodeAll answers with what is wrong: more allocated than a few times the weight of
// the bomb, or no error.
func decodeAll(_ context.Context, bomb []byte) ([]byte, error) {
	var wrong []byte
	for _, empty := range generated {
		v := empty()
		cost, err := decode(v, bomb)
		for try := 0; try < 3 && cost > mostDecoded(bomb); try++ { // others allocate meanwhile, but not each time
			v = empty()
			cost, err = decode(v, bomb)
		}
		if cost > mostDecoded(bomb) {
			wrong = fmt.Appendf(wrong, "%T: %d bytes were allocated for %d\n", v, cost, len(bomb))
		}
		if err == nil && (len(bomb) == 0 || bomb[0] != 0x81) {
			wrong = fmt.Appendf(wrong, "%T: no error\n", v)
		}
	}
	return wrong, nil
}

func mostDecoded(bomb []byte) int { return 16*len(bomb) + (64 << 10) }

// decode returns what was allocated meanwhile.
func decode(v grid.Message, bomb []byte) (int, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := v.UnmarshalMsg(bomb)
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc), err
}

// Decoding a bomb costs what its bytes weigh, a few times over, in every type, and
// nobody else anything.
func TestAttackBombsInTypes(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		if err := a.RegisterSingleHandler(200, decodeAll); err != nil {
			t.Fatal(err)
		}
		s := a.Session(t, "probe")
		a.Baseline()
		id := 0
		for name, bomb := range bombs() {
			id++
			trial.SendFrames(t, s, peer.NewFrame(peer.Call, id, routeDecode, 0, 0, bomb))
			reply := trial.ExpectFrame(t, s, peer.Reply)
			if reply.Uvarint() != uint64(id) || reply.Uvarint() != 0 || len(reply.Body) > 0 {
				t.Errorf("%s: %s", name, reply.Body)
			}
		}
		a.Bounded(t, 1<<20, 1)
		wantAlive(t, a)
	})
}

// Requests that are bombs never reach a handler, are refused one by one, and cost
// nobody else anything.
func TestAttackBombsInRequests(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		reached := 0
		s := a.Session(t, "probe")
		routes := a.ServeStorage(t, s, &storage.StorageFuncs{
			DiskInfoFunc: func(context.Context, *storage.DiskInfoOptions) (*storage.DiskInfo, error) {
				reached++
				return storage.NewDiskInfo(), nil
			},
		})
		sent := 0
		a.Baseline()
		for id, bomb := range numbered(bombs()) {
			if bytes.HasPrefix(bomb, []byte{0x81}) && len(bomb) > 1 && bomb[1] > 2 && len(bomb) > 2 {
				bomb = append([]byte{0x82, 0x01}, bomb[1:]...) // a field that is not known, behind one that is not whole
			}
			sent += len(bomb)
			trial.SendFrames(t, s, peer.NewFrame(peer.Call, id+1, routes[9], 0, 0, bomb))
			f := trial.ExpectFrame(t, s, peer.Error)
			f.Uvarint()
			if got := trial.FailureOf(f); got != "2 invalid_argument" {
				t.Errorf("%.20x is answered by %s", bomb, got)
			}
		}
		if reached > 0 {
			t.Errorf("%d bombs reached the handler", reached)
		}
		if got := a.Allocated(); got > 64*int64(sent)+(8<<20) {
			t.Errorf("%d KiB of bombs made the node allocate %d KiB", sent>>10, got>>10)
		}
		a.Bounded(t, 2<<20, 1)
		wantAlive(t, a)
	})
}

func numbered(m map[string][]byte) (all [][]byte) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// Answers that are bombs are errors of their calls: the handler ran, and nothing
// of its answer can be had.
func TestAttackBombsInAnswers(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 9, "d", 0, 0, 0)))
		time.Sleep(10 * time.Millisecond)
		client := storage.NewStorageClient(a.Connection("probe"), "d")
		a.Baseline()
		for name, bomb := range bombs() {
			if len(bomb) > 1 && bomb[0] == 0x81 {
				continue // a field that some types know: the decoders themselves are tested above
			}
			outcome := make(chan error, 1)
			go func() {
				_, err := client.DiskInfo(t.Context(), storage.NewDiskInfoOptions())
				outcome <- err
			}()
			id := trial.ExpectFrame(t, s, peer.Call).Uvarint()
			trial.SendFrames(t, s, peer.NewFrame(peer.Reply, id, 0, bomb))
			if err := <-outcome; !errors.Is(err, grid.ErrInvalidArgument) || grid.OutcomeOf(err) != grid.Ran {
				t.Errorf("%s: %v", name, err)
			}
		}
		a.Bounded(t, 1<<20, 0)
		wantAlive(t, a)
	})
}
