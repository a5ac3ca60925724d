package main

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// A character device stands for a terminal, everything else is a pipe or file.
func TestFormFollowsTheTerminal(t *testing.T) {
	terminal, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	for _, c := range []struct {
		name         string
		to           io.Writer
		format       string
		vars         map[string]string
		rich, colour bool
	}{
		{"terminal", terminal, "auto", nil, true, true},
		{"terminal, one line asked for", terminal, "text", nil, false, true},
		{"terminal, NO_COLOR", terminal, "auto", map[string]string{"NO_COLOR": "1"}, true, false},
		{"terminal that can nothing", terminal, "auto", map[string]string{"TERM": "dumb"}, false, false},
		{"terminal that can nothing, rich asked for", terminal, "rich", map[string]string{"TERM": "dumb"}, true, false},
		{"compile buffer of Emacs", terminal, "auto", map[string]string{"INSIDE_EMACS": "29.4,compile"}, false, true},
		{"task of VS Code", terminal, "auto", map[string]string{"TERM_PROGRAM": "vscode"}, false, true},
		{"another terminal program", terminal, "auto", map[string]string{"TERM_PROGRAM": "iTerm.app"}, true, true},
		{"terminal of Vim", terminal, "auto", map[string]string{"VIM_TERMINAL": "901"}, false, true},
		{"terminal of Neovim", terminal, "auto", map[string]string{"NVIM": "/run/nvim.sock"}, false, true},
		{"terminal of a JetBrains IDE", terminal, "auto", map[string]string{"TERMINAL_EMULATOR": "JetBrains-JediTerm"}, false, true},
		{"file", file, "auto", nil, false, false},
		{"file, rich asked for", file, "rich", nil, true, false},
		{"pipe", &bytes.Buffer{}, "auto", nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := &environment{format: c.format, getenv: func(name string) string { return c.vars[name] }}
			if got := env.rich(c.to); got != c.rich {
				t.Errorf("rich: %v, want %v", got, c.rich)
			}
			if got := env.colour(c.to); got != c.colour {
				t.Errorf("colour: %v, want %v", got, c.colour)
			}
		})
	}
}
