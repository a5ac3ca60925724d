//go:build !(linux || darwin || freebsd || dragonfly || netbsd)

package top

import "os"

// Terminal is a screen that can be drawn on. Here there is none: lines are written
// instead.
type Terminal struct{}

// NewTerminal returns nil.
func NewTerminal(_, _ *os.File) *Terminal { return nil }

// Start takes the screen.
func (t *Terminal) Start() error { return nil }

// Stop gives the screen back.
func (t *Terminal) Stop() {}

// Suspend stops the process.
func (t *Terminal) Suspend() error { return nil }

// Keys are those that are pressed.
func (t *Terminal) Keys() <-chan byte { return nil }

// Resized tells that the terminal has another size.
func (t *Terminal) Resized() <-chan os.Signal { return nil }

// Suspended tells that Suspend is asked for.
func (t *Terminal) Suspended() <-chan os.Signal { return nil }

// Size is how many columns and rows there are.
func (t *Terminal) Size() (columns, rows int) { return 80, 24 }

// Draw shows lines.
func (t *Terminal) Draw([]string, int) error { return nil }
