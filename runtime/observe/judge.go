package observe

import (
	"slices"
	"time"
)

// lately is how long ago something is news.
const lately = time.Minute

// Flaps reports whether the peer comes and goes: two or more of its sessions were lost
// in the last minute.
func (p *Peer) Flaps() bool { return p.LostLately >= 2 }

// Lifetimes are how long the shortest and the longest of the last sessions lived that
// were lost, 0 where none was. Alike says that there were three or more, and no more than
// a tenth between them: then something gives sessions a fixed lifetime.
func (p *Peer) Lifetimes() (shortest, longest time.Duration, alike bool) {
	if len(p.Lived) == 0 {
		return 0, 0, false
	}
	shortest, longest = slices.Min(p.Lived), slices.Max(p.Lived)
	return shortest, longest, len(p.Lived) >= 3 && longest-shortest <= longest/10
}

// IsFromBefore reports whether LastFailure is of the time before the first session, and
// that was more than a minute ago: nodes that start one after the other have such.
func (p *Peer) IsFromBefore(now time.Time) bool {
	return p.Session != nil && p.Sessions == 1 && !p.LastFailureAt.After(p.Since) && now.Sub(p.Since) > lately
}

// Foremost is the failure to be told of: the most frequent one of those that happened in
// the last minute, else the most frequent one of all, which is old then.
func (h *Handler) Foremost(now time.Time) (f Failure, old, any bool) {
	if len(h.Failures) == 0 {
		return Failure{}, false, false
	}
	for _, f := range h.Failures { // the most frequent first
		if f.IsLately(now) {
			return f, false, true
		}
	}
	return h.Failures[0], true, true
}

// IsLately reports whether it happened in the last minute. Nodes of older builds do not
// tell when it was: their failures are all taken for new.
func (f *Failure) IsLately(now time.Time) bool {
	return f.Last.IsZero() || now.Sub(f.Last) <= lately
}

// IsStuck reports whether one end of the stream waits for the other to read.
func (s *Stream) IsStuck() bool {
	return s.waitsFor("read:") || s.waitsFor("send: the peer has not read")
}

func (s *Stream) waitsFor(what string) bool {
	return len(s.Waits) >= len(what) && s.Waits[:len(what)] == what
}

// IsSet reports whether the program has set the limit to another value than the default.
func (l *Limit) IsSet() bool { return l.Default != 0 && l.Limit != l.Default }
