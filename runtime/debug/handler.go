package debug

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"path"

	grid "github.com/gridrpc/gridc/runtime"
)

// Handler returns a handler that shows a node. You may mount it at several paths,
// and many clients may ask at once: it looks at the node at most once per second,
// whoever asks.
func Handler(m *grid.Manager) http.Handler {
	_ = m.Snapshot() // from now on calls are counted
	return &handler{m: m, source: source{look: m.Snapshot}, streams: make(chan struct{}, maxStreams)}
}

type handler struct {
	m       *grid.Manager
	source  source
	streams chan struct{} // as many as are open
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "this page only reads", http.StatusMethodNotAllowed)
		return
	}
	q := r.URL.Query()
	switch base := path.Base(r.URL.Path); {
	case base == "healthz":
		health := h.m.Health()
		writeHealth(w, health, health.Live)
	case base == "readyz":
		health := h.m.Health()
		writeHealth(w, health, health.Ready)
	case q.Has("json"):
		head.Set("Content-Type", "application/json")
		_, _ = w.Write(h.source.get().json()) // whoever asked may be gone
	case q.Has("stream"):
		h.stream(w, r, "snapshot", func(x *sample) []byte { return x.json() })
	case q.Has("live"):
		h.stream(w, r, "page", func(x *sample) []byte { return x.fragment() })
	default:
		h.page(w)
	}
}

func writeHealth(w http.ResponseWriter, health grid.Health, good bool) {
	w.Header().Set("Content-Type", "application/json")
	if !good {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(health)
}

// page writes the page. Nothing may run or load in it but its own script and style, which
// are known by a number that nobody can guess.
func (h *handler) page(w http.ResponseWriter) {
	nonce := rand.Text()
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+"'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write(h.source.get().page(nonce))
}
