package main

import (
	"io"
	"os"
)

// environment is what a subcommand may touch besides the files it is given.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	format         string // of diagnostics: auto, text, rich, json, sarif or github
}

// newEnvironment is the environment of the process.
func newEnvironment() *environment {
	return &environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, format: "auto"}
}

// rich reports whether diagnostics written to w show the source: for people they
// do. An editor reads one line each, also through a terminal of its own.
func (env *environment) rich(w io.Writer) bool {
	return env.format == "rich" || env.format == "auto" && isTerminal(w) && !env.plainTerminal()
}

// plainTerminal reports whether the terminal can show no more than lines, or
// belongs to an editor, which finds the places in them: compile buffers and tasks
// are terminals, too.
func (env *environment) plainTerminal() bool {
	return env.getenv("TERM") == "dumb" ||
		env.getenv("INSIDE_EMACS") != "" ||
		env.getenv("TERM_PROGRAM") == "vscode" ||
		env.getenv("TERMINAL_EMULATOR") == "JetBrains-JediTerm" ||
		env.getenv("VIM_TERMINAL") != "" || env.getenv("NVIM") != ""
}

// colour reports whether w wants colour: a terminal does, unless the user has
// said otherwise (https://no-color.org) or the terminal cannot.
func (env *environment) colour(w io.Writer) bool {
	return isTerminal(w) && env.getenv("NO_COLOR") == "" && env.getenv("TERM") != "dumb"
}

// isTerminal reports whether w is a character device, which a terminal is and
// a pipe or a file is not.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
