package handlers

import (
	"context"
	"sync/atomic"
)

// EndKind is why a context is over. It takes two words less than an error would, in each
// call and each stream.
type EndKind uint8

const (
	notEnded EndKind = iota
	EndCanceled
	EndLate
)

func (e EndKind) err() error {
	switch e {
	case EndCanceled:
		return context.Canceled
	case EndLate:
		return context.DeadlineExceeded
	}
	return nil
}

// facts is what is known of a context in one word: how it ended, which is an EndKind, and
// bits. Facts are added and never taken back.
type facts uint32

const (
	endFacts      facts = 1<<2 - 1  // an EndKind
	handlerLeft   facts = 2 << iota // the handler has returned
	trailerSealed                   // see SealTrailer
	payloadKept                     // see Keep
	underLock                       // see state
)

func (f facts) end() EndKind { return EndKind(f & endFacts) }

// state holds the facts of a context. Anybody may read them at any time. They are added with
// the lock of the context held, or, by addUnlocked, without it as long as nobody has called
// lock; payloadKept always without it, by one goroutine. Most contexts end before anybody has asked them for anything, and for those the lock
// is two atomic operations for nothing (bench, cell echo/512B/16).
type state struct{ word atomic.Uint32 }

func (s *state) load() facts { return facts(s.word.Load()) }

// lock has all that comes held up by the lock of the context, which the caller holds, and
// returns the facts. What it returns as not known can be added by the caller alone, but for
// payloadKept.
func (s *state) lock() facts { return facts(s.word.Or(uint32(underLock))) }

// add adds facts. The caller holds the lock, but for those that one goroutine alone adds
// and reads.
func (s *state) add(f facts) { s.word.Or(uint32(f)) }

// addUnlocked adds facts without the lock. It reports false, and adds none, if that needs
// the lock by now. An end that is known already stays.
func (s *state) addUnlocked(f facts) bool {
	for {
		old := s.load()
		switch {
		case old&underLock != 0:
			return false
		case old.end() != notEnded:
			f &^= endFacts
		}
		if s.word.CompareAndSwap(uint32(old), uint32(old|f)) {
			return true
		}
	}
}
