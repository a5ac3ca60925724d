//go:build unix

package main

import (
	"context"
	"syscall"
	"testing"
)

// Ctrl-C is how a watch ends: without complaint, and with status 0.
func TestWatchEndsWhenInterrupted(t *testing.T) {
	w := startWatching(t.Context(), t, map[string]string{"app.grid": "package app\n"}, func(cmd *genCmd, _ context.Context, env *environment) error {
		return cmd.watchUntilInterrupted(env)
	})
	w.end(func() {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			t.Error(err)
		}
	})
}
