package debug

import (
	"bytes"
	"net/http"
	"time"
)

const (
	maxStreams = 64               // open at a time; who comes later is told to come again
	interval   = time.Second      // between two events
	patience   = 10 * time.Second // for one event to be taken
)

// stream writes events until whoever asked is gone, takes none, or the node is shut
// down.
func (h *handler) stream(w http.ResponseWriter, r *http.Request, event string, form func(*sample) []byte) {
	select {
	case h.streams <- struct{}{}:
		defer func() { <-h.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many streams are open", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // some proxies gather otherwise
	if r.Method == http.MethodHead {
		return
	}
	out := http.NewResponseController(w)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		x := h.source.get()
		// Each event has its own deadline, in the place of http.Server.WriteTimeout.
		if err := out.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return // of a stream that cannot be bounded
		}
		if _, err := w.Write(asEvent(event, form(x))); err != nil || out.Flush() != nil {
			return
		}
		if !x.snapshot.Health.Live {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// asEvent is an event of the type text/event-stream, whose data may have lines.
func asEvent(name string, data []byte) []byte {
	b := append([]byte("event: "+name+"\ndata: "), bytes.ReplaceAll(data, []byte("\n"), []byte("\ndata: "))...)
	return append(b, "\n\n"...)
}
