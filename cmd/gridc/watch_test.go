package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// log is a buffer that may be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// watching is a `gridc gen --watch` over a folder of its own.
type watching struct {
	*testing.T
	said  log
	mark  int // what was said before is settled
	ended chan error
}

func startWatching(ctx context.Context, t *testing.T, files map[string]string, run func(*genCmd, context.Context, *environment) error) *watching {
	t.Helper()
	cache := t.TempDir()
	t.Chdir(t.TempDir())
	w := &watching{T: t, ended: make(chan error, 1)}
	w.write("go.mod", "module example.com/app\n")
	for name, text := range files {
		w.write(name, text)
	}
	env := &environment{stdout: &w.said, stderr: &w.said, format: "text", getenv: func(name string) string {
		return map[string]string{cacheVariable: cache}[name]
	}}
	cmd := &genCmd{Paths: []string{"."}}
	if _, ok := files["app.grid"]; ok {
		cmd.Paths[0] = "app.grid"
	}
	go func() { w.ended <- run(cmd, ctx, env) }()
	w.waitFor("gridc: watching ")
	return w
}

func (w *watching) write(name, text string) {
	w.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

// waitFor waits until text is said that was not said before.
func (w *watching) waitFor(text string) {
	w.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if said := w.said.String(); strings.Contains(said[w.mark:], text) {
			w.mark = len(said)
			return
		}
	}
	w.Fatalf("nothing was said about %q:\n%s", text, &w.said)
}

func (w *watching) end(cancel func()) {
	w.Helper()
	cancel()
	select {
	case err := <-w.ended:
		if err != nil {
			w.Errorf("ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		w.Fatal("it does not end")
	}
}

const watchedStub = "gen/app/types_grid.go"

func TestWatchFollowsChanges(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := startWatching(ctx, t, map[string]string{
		"app.grid":    "package app\n\nimport \"common.grid\"\n\nmessage A { c common.C = 1 }\n",
		"common.grid": "package common\n\nmessage C { n int64 = 1 }\n",
	}, (*genCmd).watch)

	w.write("app.grid", "package app\n\nimport \"common.grid\"\n\nmessage B { c common.C = 1 }\n")
	w.waitFor("gridc: wrote " + watchedStub)

	// An imported file counts too, and only what follows from it is written.
	w.write("common.grid", "package common\n\nmessage C { n int32 = 1 }\n")
	w.waitFor("gridc: wrote gen/common/types_grid.go")
	before, err := os.Stat(watchedStub)
	if err != nil {
		t.Fatal(err)
	}

	// A mistake is said once, and what was generated stays until it is gone.
	w.write("app.grid", "package app\n\nmessage B { n int = 1 }\n")
	w.waitFor("app.grid:3:15: error: ")
	after, err := os.Stat(watchedStub)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("%s was touched: %v", watchedStub, err)
	}
	w.write("app.grid", "package app\n\nimport \"later.grid\"\n\nmessage B { c later.L = 1 }\n")
	w.waitFor("[import-not-found]")
	// The file that was missed appears.
	w.write("later.grid", "package later\n\nmessage L { }\n")
	w.waitFor("gridc: wrote gen/later/types_grid.go")

	// So do files that were away for a while, as in a checkout.
	if err := os.Remove("app.grid"); err != nil {
		t.Fatal(err)
	}
	w.waitFor("app.grid")
	w.write("app.grid", "package app\n\nmessage Again { }\n")
	w.waitFor("gridc: wrote " + watchedStub)
	w.end(cancel)
}

// What goes away is told as that, also when the last of its folder goes.
func TestWatchTellsWhatItRemoves(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := startWatching(ctx, t, map[string]string{
		"a.grid": "package a\n\nmessage A { }\n", "b.grid": "package b\n\nmessage B { }\n",
	}, (*genCmd).watch)
	if err := os.Remove("b.grid"); err != nil {
		t.Fatal(err)
	}
	w.waitFor("gridc: removed gen/b/types_grid.go")
	if said := w.said.String(); strings.Count(said, "wrote gen/b/") != 2 || strings.Count(said, "removed gen/b/") != 2 {
		t.Errorf("said:\n%s", said)
	}
	w.end(cancel)
}

func TestWatchIgnoresTouches(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	const text = "package app\n\nmessage A { n int64 = 1 }\n"
	w := startWatching(ctx, t, map[string]string{"app.grid": text}, (*genCmd).watch)
	said := w.said.String()
	before, err := os.Stat(watchedStub)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.write("app.grid", text)
		time.Sleep(3 * watchInterval)
	}
	after, err := os.Stat(watchedStub)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the stub was written again: %v", err)
	}
	if now := w.said.String(); now != said {
		t.Errorf("a touched file is worth no word:\n%s", now)
	}
	w.end(cancel)
}
