package duel_test

import (
	"context"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// duelOps are the language of FuzzSession: a byte chooses an operation, the bytes
// after it are its operands, and past the end of the program they are zero. A side
// is its lowest bit; a task is counted from the first, modulo how many there are; a
// duration is a power of two in microseconds, up to half a minute.
const (
	opCall      = iota // side, handler, size
	opOpen             // side, handler
	opSend             // task, count, size
	opRecv             // task, count
	opCloseSend        // task
	opCancel           // task
	opFrame            // side, kind, length, body: a frame in a sound batch
	opBytes            // side, length, bytes: whatever they are
	opAdvance          // duration
	opSettle           // until nothing moves
	opCut              // duration until it is healed
	opPartition        // duration
	opDeaf             // side that is not heard, duration
	opStall            // side, duration
	opRestart          // side
	opStop             // side, duration
	ops
)

var duelOps = [ops]func(*duel){
	opCall:      (*duel).opCall,
	opOpen:      (*duel).opOpen,
	opSend:      func(d *duel) { d.onStream(func(s *duelTask) { count := int(d.next()); s.send(count, d.size(count)) }) },
	opRecv:      func(d *duel) { d.onStream(func(s *duelTask) { s.recv(int(d.next())) }) },
	opCloseSend: func(d *duel) { d.onStream((*duelTask).closeSend) },
	opCancel: func(d *duel) {
		if task := d.task(); task != nil {
			task.cancel()
		}
	},
	opFrame: func(d *duel) {
		side, kind := d.side(), d.next()
		body := d.take(int(d.next() % 64))
		d.inject(side, func(s *peer.Session) []byte {
			return s.Message(peer.OpBinary, s.Batch(peer.NewFrame(kind, body)))
		})
	},
	opBytes: func(d *duel) {
		side := d.side()
		b := d.take(int(d.next() % 64))
		d.inject(side, func(*peer.Session) []byte { return b })
	},
	opAdvance: func(d *duel) { time.Sleep(d.duration()) },
	opSettle:  func(*duel) { time.Sleep(10 * time.Millisecond) },
	opCut: func(d *duel) {
		d.mesh.Cut("a", "b")
		d.later(func() { d.mesh.Heal("a", "b") })
	},
	opPartition: func(d *duel) {
		d.mesh.Partition("a", "b")
		d.later(func() { d.mesh.Heal("a", "b") })
	},
	opDeaf: func(d *duel) {
		from := d.side()
		d.mesh.PartitionOneWay(names[from], names[1-from])
		d.later(func() { d.mesh.Heal("a", "b") })
	},
	opStall: func(d *duel) {
		name := names[d.side()]
		d.mesh.Stall(name)
		d.later(func() { d.mesh.Resume(name) })
	},
	opRestart: func(d *duel) {
		side := d.side()
		d.stops[side].Wait()
		d.mesh.Restart(names[side])
	},
	opStop: func(d *duel) {
		side, patience := d.side(), d.duration()
		d.stops[side].Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			d.mesh.Stop(ctx, names[side]) // that handlers go on is no fault: the mesh waits for them
		})
	},
}

// names are the nodes, by their sides.
var names = [2]string{sideA: "a", sideB: "b"}

// What a program may let pass, and send: more finds nothing more, and the engine
// takes an input of some seconds for one that hangs.
const (
	longestDuel  = 10 * time.Minute
	heaviestDuel = 4 << 20
)

// run runs the program.
func (d *duel) run() {
	for began := time.Now(); len(d.program) > 0 && time.Since(began) < longestDuel; {
		duelOps[d.next()%ops](d)
		d.bounded()
	}
}

// next is the next byte of the program.
func (d *duel) next() byte {
	b := d.take(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// take takes up to n bytes of the program.
func (d *duel) take(n int) []byte {
	n = min(n, len(d.program))
	b := d.program[:n:n]
	d.program = d.program[n:]
	return b
}

func (d *duel) side() int { return int(d.next() & 1) }

func (d *duel) duration() time.Duration { return time.Microsecond << (d.next() % 26) }

// size is a size of any magnitude up to just beyond what duelLimits allow, as long
// as there is a budget for that many of it.
func (d *duel) size(count int) int {
	size := 1 << (d.next() % 21)
	if d.budget < count*size {
		return 1
	}
	d.budget -= count * size
	return size
}

// later does something in a while.
func (d *duel) later(do func()) {
	after := d.duration()
	d.faults.Go(func() {
		time.Sleep(after)
		do()
	})
}

// task is the task that the next byte names, or nil if there is none.
func (d *duel) task() *duelTask {
	n := int(d.next())
	if len(d.all) == 0 {
		return nil
	}
	return d.all[n%len(d.all)]
}

// onStream does something with the task that the next byte names, if it is a stream.
func (d *duel) onStream(do func(*duelTask)) {
	if task := d.task(); task != nil && task.permits != nil {
		do(task)
	}
}
