package main

import (
	"fmt"
	"io"

	"github.com/gridrpc/gridc/compiler"
)

// idsCmd is `gridc ids`.
type idsCmd struct {
	Paths []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

func (cmd *idsCmd) run(env *environment) error {
	schema, err := load(env, env.stderr, cmd.Paths)
	if err != nil {
		return err
	}
	ids := compiler.IDs(schema)
	if n := len(ids.Unread); n > 0 {
		fmt.Fprintf(env.stderr, "gridc: not read: %s of the module; what is free here may be taken there\n", count(n, "other .grid file", "other .grid files"))
	}
	return printIDs(env.stdout, ids)
}

// printIDs prints one table for each service, and what is free.
func printIDs(w io.Writer, ids compiler.HandlerIDs) error {
	out := &printer{w: w}
	for _, s := range ids.Services {
		out.printf("%s.%s  %s:%d%s\n", s.Package, s.Name, s.Span.File, s.Span.Start.Line, ofProduct("  product ", s.Product))
		for _, row := range s.Rows {
			out.printf("  %11s  %s\n", row.Range, rowText(row))
		}
		if len(s.Rows) == 0 {
			out.printf("  %11s  no handlers\n", "")
		}
		out.printf("\n")
	}
	for i, free := range ids.Free {
		if i > 0 {
			out.printf("\n")
		}
		out.printf("free%s\n", ofProduct(" in product ", free.Product))
		for _, r := range free.Ranges {
			out.printf("  %11s\n", r)
		}
	}
	return out.err
}

// ofProduct is the name of a product after some words, or nothing.
func ofProduct(words, product string) string {
	if product == "" {
		return ""
	}
	return words + product
}

func rowText(row compiler.IDRow) string {
	if row.Handler == nil {
		return "reserved"
	}
	kind := "rpc   "
	if row.Handler.Stream {
		kind = "stream"
	}
	text := kind + " " + row.Handler.Name
	if row.Handler.Deprecated != "" {
		text += " (deprecated)"
	}
	return text
}

// printer keeps the first error, so that what prints reads straight down.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
