package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gridrpc/gridc/compiler"
)

// explainCmd is `gridc explain`.
type explainCmd struct {
	ID string `arg:"" optional:"" help:"The id in brackets after a diagnostic; without one all ids are listed."`
}

func (cmd *explainCmd) run(env *environment) error {
	if cmd.ID == "" {
		return listCodes(env.stdout)
	}
	// Copied from a terminal it may still have its brackets.
	id := strings.TrimSuffix(strings.TrimPrefix(cmd.ID, "["), "]")
	code, near, ok := compiler.Explain(id)
	switch {
	case ok:
		return explain(env.stdout, code)
	case near != "":
		return fmt.Errorf("there is no diagnostic `%s`, did you mean `%s`?", id, near)
	}
	return fmt.Errorf("there is no diagnostic `%s`; `gridc explain` lists them all", id)
}

// explain prints the page of one id.
func explain(w io.Writer, code compiler.Code) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\n\nwrong:\n\n%s\nright:\n\n%s", code.ID, code.Summary, indented(code.Wrong), indented(code.Right))
	return err
}

// indented is an example as a block of its own.
func indented(example compiler.Example) string {
	var b strings.Builder
	for line := range strings.Lines(example.String()) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// listCodes prints every id with the beginning of its explanation.
func listCodes(w io.Writer) error {
	codes := compiler.Codes()
	width := 0
	for _, code := range codes {
		width = max(width, len(code.ID))
	}
	for _, code := range codes {
		if _, err := fmt.Fprintf(w, "%-*s  %s\n", width, code.ID, firstSentence(code.Summary)); err != nil {
			return err
		}
	}
	return nil
}

// firstSentence is a text on one line, up to its first full stop.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	before, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(before, ".")
}
