// Command gridc compiles .grid files: it generates Go from them, formats them
// and checks them.
//
//	gridc gen [--out DIR] [--check] [--watch] PATH...
//	gridc fmt [-w|-d|--check] PATH... (or - for standard input)
//	gridc lint [--fix] PATH...
//	gridc breaking --against REF|FOLDER|FILE PATH...
//	gridc ids PATH...
//	gridc ir PATH...
//	gridc doc [--markdown] PATH...
//	gridc explain [ID]
//	gridc call NAME@HOST:PORT [pkg.Service.Method] [-d JSON]
//	gridc top URL...
//	gridc import FILE.proto...
//	gridc lsp [--stdio]
//	gridc new DIR
//	gridc version (or --version)
//
// A path is a .grid file or a folder that holds some. What was asked for goes
// to standard output: formatted text, differences, the findings of lint.
// Complaints about anything else go to standard error. The exit status is 0
// when there is nothing to complain of, 1 after findings, 2 for wrong usage or
// files that cannot be read or written, and 3 for a fault of gridc's own; call
// has further ones, for what became of the handler.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/gridrpc/gridc/compiler"
)

// cli is the command line. Each subcommand lives in a file of its own.
type cli struct {
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version of gridc, as gridc version does."`

	Format string `enum:"auto,text,rich,json,sarif,github" default:"auto" help:"Form of diagnostics: text is one line each, rich shows the source, auto is rich on a terminal; json, sarif (2.1.0) and github (workflow commands) are for programs."`

	Gen      genCmd      `cmd:"" help:"Generate Go, or TypeScript, from .grid files and from what they import."`
	Fmt      fmtCmd      `cmd:"" help:"Format .grid files in their one canonical form."`
	Lint     lintCmd     `cmd:"" help:"Report mistakes and doubtful places in .grid files."`
	Breaking breakingCmd `cmd:"" help:"Report what changed since a git ref, an older folder or a saved schema, and would break."`
	IDs      idsCmd      `cmd:"" name:"ids" help:"List the handler ids: used, reserved and free."`
	IR       irCmd       `cmd:"" name:"ir" help:"Print the checked schema as JSON: for plug-ins, and as a baseline."`
	Doc      docCmd      `cmd:"" help:"Write the reference of a schema, with ids and wire forms, as one page of HTML or as Markdown."`
	Explain  explainCmd  `cmd:"" help:"Explain a diagnostic, with a wrong and a right example."`
	Call     callCmd     `cmd:"" help:"Call a handler of a running node, JSON in and JSON out, or see what there is to call."`
	Top      topCmd      `cmd:"" help:"Show running nodes in the terminal: peers, handlers, streams, limits, and what is wrong."`
	Import   importCmd   `cmd:"" help:"Make first .grid files of .proto files."`
	LSP      lspCmd      `cmd:"" name:"lsp" help:"Be the language server of an editor, on standard input and output."`
	New      newCmd      `cmd:"" help:"Make a folder with a working service: schema, server, client and test."`
	Version  versionCmd  `cmd:"" help:"Print the version of gridc."`
}

// command is what every subcommand is.
type command interface {
	run(*environment) error
}

func main() {
	relaxGC()
	os.Exit(run(os.Args[1:], newEnvironment()))
}

// run is the whole command: it parses args, runs one subcommand and returns
// the exit status.
func run(args []string, env *environment) (exit int) {
	defer reportPanic(args, env.stderr, &exit)
	selected, err := parse(args, env)
	if err == nil {
		err = selected.run(env)
	}
	return conclude(err, args, env.stderr)
}

// parse reads the command line into env and the subcommand that it names.
func parse(args []string, env *environment) (selected command, err error) {
	flags := &cli{}
	parser, err := kong.New(flags,
		kong.Name("gridc"),
		kong.Description("The compiler for .grid files: what servers say to each other, in one place."),
		kong.Writers(env.stdout, env.stderr),
		kong.Vars{"version": versionLine()},
		kong.Exit(func(int) { panic(shown{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return nil, &compiler.Fault{Err: err}
	}
	defer recoverShown(&err)
	ctx, err := parser.Parse(args)
	if err != nil {
		return nil, usage(parser, err, env)
	}
	env.format = flags.Format
	return ctx.Selected().Target.Addr().Interface().(command), nil
}

// shown is the panic with which kong's exit after --help and --version unwinds.
type shown struct{}

// recoverShown turns the unwinding of --help and --version into errShown.
func recoverShown(err *error) {
	switch caught := recover().(type) {
	case nil:
	case shown:
		*err = errShown
	default:
		panic(caught)
	}
}

// usage prints how the command that err is about is used, and wraps err.
func usage(parser *kong.Kong, err error, env *environment) error {
	parser.Stdout = env.stderr
	if parseErr, ok := errors.AsType[*kong.ParseError](err); ok && parseErr.Context != nil {
		if err := parseErr.Context.PrintUsage(false); err != nil {
			return &compiler.Fault{Err: err}
		}
		fmt.Fprintln(env.stderr)
	}
	return err
}
