package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/call"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp"
	"github.com/gridrpc/gridc/compiler"
)

// The exit statuses.
const (
	statusOK       = 0 // nothing to complain of
	statusFindings = 1 // the input was understood, and there is something to say about it
	statusUsage    = 2 // wrong flags, or files that cannot be read or written
	statusFault    = 3 // gridc itself is at fault
)

// errFindings ends a subcommand that has already printed what it found.
var errFindings = errors.New("findings")

// errShown stands for help, or the version, that was asked for and shown.
var errShown = errors.New("help or version shown")

// conclude turns the error that a subcommand ended with into an exit status,
// after saying what has not been said yet.
func conclude(err error, args []string, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, errShown):
		return statusOK
	case errors.Is(err, errFindings), errors.Is(err, lsp.ErrNoShutdown): // which the protocol wants to be 1
		return statusFindings
	}
	if failure, ok := errors.AsType[*call.Failure](err); ok {
		fmt.Fprintln(stderr, failure)
		return failure.Status()
	}
	if _, ok := errors.AsType[*compiler.Fault](err); ok {
		printFault(stderr, args, err, nil)
		return statusFault
	}
	fmt.Fprintf(stderr, "gridc: %v\n", err)
	return statusUsage
}

// reportPanic is deferred around everything: it turns a panic into a report
// and the status of a fault.
func reportPanic(args []string, stderr io.Writer, exit *int) {
	if caught := recover(); caught != nil {
		printFault(stderr, args, fmt.Errorf("panic: %v", caught), debug.Stack())
		*exit = statusFault
	}
}

// printFault says that gridc is at fault, and what a report should contain.
func printFault(w io.Writer, args []string, err error, stack []byte) {
	fmt.Fprintf(w, "gridc: internal fault: %v\n\n", err)
	fmt.Fprintln(w, "This is a fault of gridc, not of your files. Please report it at")
	fmt.Fprintln(w, "https://github.com/gridrpc/gridc/issues with the .grid files and these lines:")
	fmt.Fprintf(w, "\n    %s\n    %s/%s\n    gridc %s\n", versionLine(), runtime.GOOS, runtime.GOARCH, quoted(args))
	fmt.Fprintf(w, "    %v\n", err)
	for line := range strings.Lines(string(stack)) {
		fmt.Fprintf(w, "    %s", line)
	}
}

// quoted joins args so that each stays recognizable.
func quoted(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'\\") {
			words[i] = fmt.Sprintf("%q", arg)
		}
	}
	return strings.Join(words, " ")
}
