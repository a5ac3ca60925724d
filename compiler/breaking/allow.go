package breaking

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// allowFile is the name of the file, beside .grid files, that lists the changes
// of theirs that are intended. Each line is one:
//
//	wire/field-type-changed storage.Ack.1 "uint64 became string" nobody has 1.x any more
//
// It names the rule, what the change is about, what happened, and ends with the
// reason. Empty lines, and lines that start with #, mean nothing.
const allowFile = "grid.allow"

// Allowed is what the allow files beside the files of a review say.
type Allowed struct {
	lines    []*allowance
	packages map[string]bool // that were compared
}

// allowance is one line of an allow file.
type allowance struct {
	rule, subject, what string

	at   idl.Span
	used bool
}

// ReadAllowed reads the allow files beside the named files of both revisions.
// The diagnostics are about lines that cannot be understood.
func ReadAllowed(opts load.Options, old, new *ir.Schema) (*Allowed, []*idl.Diagnostic, error) {
	opts = opts.WithDefaults()
	a := &Allowed{packages: map[string]bool{}}
	var folders []string
	for _, p := range slices.Concat(old.Packages, new.Packages) {
		if p.Root {
			a.packages[p.ID()] = true
			folders = append(folders, path.Dir(p.Path))
		}
	}
	slices.Sort(folders)
	var ds []*idl.Diagnostic
	for _, folder := range slices.Compact(folders) {
		file := path.Join(folder, allowFile)
		text, err := opts.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, nil, err
		}
		ds = append(ds, a.parse(file, string(text))...)
	}
	return a, ds, nil
}

// allowLine is the form of a line: a rule, a subject that may be quoted, what
// happened, and a reason.
var allowLine = regexp.MustCompile(`^(\S+)[ \t]+("(?:[^"\\]|\\.)*"|\S+)[ \t]+("(?:[^"\\]|\\.)*")[ \t]+\S`)

func (a *Allowed) parse(file, text string) []*idl.Diagnostic {
	var ds []*idl.Diagnostic
	offset, number := 0, 0
	for line := range strings.Lines(text) {
		number++
		content := strings.TrimRight(line, "\r\n")
		at := idl.Span{
			File:  file,
			Start: idl.Pos{Offset: offset, Line: number, Col: 1},
			End:   idl.Pos{Offset: offset + len(content), Line: number, Col: len(content) + 1},
		}
		offset += len(line)
		if trimmed := strings.TrimSpace(content); trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if line, ok := parseAllowance(content); ok {
			line.at = at
			a.lines = append(a.lines, line)
			continue
		}
		ds = append(ds, diag.NewFinding(idl.SeverityError, "allow-invalid", at, "this line accepts nothing").
			Help("write `RULE SUBJECT \"WHAT\" REASON`, as `gridc breaking --accept` does").D)
	}
	return ds
}

func parseAllowance(line string) (*allowance, bool) {
	m := allowLine.FindStringSubmatch(line)
	if m == nil || !IsRule(m[1]) {
		return nil, false
	}
	subject, what := m[2], m[3]
	var err error
	if strings.HasPrefix(subject, `"`) {
		if subject, err = strconv.Unquote(subject); err != nil {
			return nil, false
		}
	}
	if what, err = strconv.Unquote(what); err != nil {
		return nil, false
	}
	return &allowance{rule: m[1], subject: subject, what: what}, true
}

// IsRule reports whether an id is one that a change can have.
func IsRule(id string) bool {
	switch diag.Family(id) {
	case "wire", "rollout", "source", "behavior":
		_, _, ok := diag.Explain(id)
		return ok
	}
	return false
}

// Remaining returns the changes that no line accepts.
func (a *Allowed) Remaining(changes []Change) []Change {
	var rest []Change
	for _, c := range changes {
		accepted := false
		for _, line := range a.lines {
			if line.rule == c.ID && line.subject == c.Subject && line.what == c.What {
				line.used, accepted = true, true
			}
		}
		if !accepted {
			rest = append(rest, c)
		}
	}
	return rest
}

// Stale warns of the lines about the compared packages that Remaining had no
// use for.
func (a *Allowed) Stale() []*idl.Diagnostic {
	var ds []*idl.Diagnostic
	for _, line := range a.lines {
		if !line.used && a.packages[packageIn(a.packages, line.subject)] {
			ds = append(ds, diag.NewFinding(idl.SeverityWarning, "lint/allow-stale", line.at,
				"there is no such change of `%s` any more", line.subject).Help("remove the line").D)
		}
	}
	return ds
}

// Allow returns the allow files, by path, with lines added that accept the
// changes for a reason. The folders are those of the places that the changes
// are shown at.
func Allow(opts load.Options, changes []Change, reason string) (map[string][]byte, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if reason == "" {
		return nil, errors.New("give a reason for accepting the change")
	}
	opts = opts.WithDefaults()
	files := map[string][]byte{}
	for _, c := range changes {
		file := path.Join(path.Dir(c.Diagnostic.Span.File), allowFile)
		text, ok := files[file]
		if !ok {
			var err error
			if text, err = opts.ReadFile(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		if len(text) == 0 {
			text = []byte("# Changes that `gridc breaking` found and that are intended, each with its reason.\n")
		} else if text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		files[file] = fmt.Appendf(text, "%s %s %q %s\n", c.ID, subjectText(c.Subject), c.What, reason)
	}
	return files, nil
}

func subjectText(subject string) string {
	if strings.ContainsAny(subject, " \t\"") {
		return strconv.Quote(subject)
	}
	return subject
}
