package main

import (
	"context"
	"strings"
	"time"
)

// watched is a `gridc gen --watch` that docs/gridc.md shows.
type watched struct {
	*replay
	said   log
	mark   int // what was said before stands in the document
	cancel context.CancelFunc
	ended  chan error
}

func startReplayedWatch(r *replay, args []string) *watched {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	w := &watched{replay: r, cancel: cancel, ended: make(chan error, 1)}
	env := r.environment()
	env.stdout, env.stderr = &w.said, &w.said
	selected, err := parse(args, env)
	cmd, ok := selected.(*genCmd)
	if err != nil || !ok || !cmd.Watch {
		r.Fatalf("gridc %s is no watch: %v", strings.Join(args, " "), err)
	}
	go func() { w.ended <- cmd.watch(ctx, env) }()
	return w
}

const (
	// patience is how long the watch may take to say what it is said to say.
	patience = 20 * time.Second
	// silence is how long nothing is said before that counts as all, where the
	// document is written anew and nobody knows how much there is.
	silence = time.Second
)

// read waits until as much was said as the document has, and returns it.
func (w *watched) read(prints string) string {
	w.Helper()
	grown := time.Now()
	said := ""
	for start := time.Now(); time.Since(start) < patience; time.Sleep(10 * time.Millisecond) {
		now := w.said.String()[w.mark:]
		if now != said {
			said, grown = now, time.Now()
		}
		if !*updateDocs && len(said) >= len(prints) || *updateDocs && time.Since(grown) > silence {
			break
		}
	}
	w.mark += len(said)
	return said
}

// end ends the watch as Ctrl-C does, and returns what was said since.
func (w *watched) end() string {
	w.Helper()
	w.cancel()
	select {
	case err := <-w.ended:
		if err != nil {
			w.Errorf("the watch ended with %v", err)
		}
	case <-time.After(patience):
		w.Fatal("the watch does not end")
	}
	return w.said.String()[w.mark:]
}
