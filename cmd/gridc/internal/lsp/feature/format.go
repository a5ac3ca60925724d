package feature

import (
	"bytes"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/idl"
)

// Format is the edits that give a file its canonical form: the lines that differ, so
// that a cursor elsewhere stays where it is.
func Format(v *View) []proto.TextEdit {
	src := v.Text.Bytes()
	out, _ := idl.Format(v.Path, src)
	if !bytes.Equal(out, src) {
		out = idl.LikeLines(src, out)
	}
	return lineEdits(v, src, out)
}

// lineEdits replaces what differs between two texts: all from the first to the last
// line that is another.
func lineEdits(v *View, old, now []byte) []proto.TextEdit {
	if bytes.Equal(old, now) {
		return []proto.TextEdit{}
	}
	head := commonLines(old, now)
	tail := 0
	for a, b := old[head:], now[head:]; len(a) > 0 && len(b) > 0; {
		la, lb := lastLine(a), lastLine(b)
		if !bytes.Equal(la, lb) {
			break
		}
		tail += len(la)
		a, b = a[:len(a)-len(la)], b[:len(b)-len(lb)]
	}
	return []proto.TextEdit{{Range: v.Text.Range(head, len(old)-tail), NewText: string(now[head : len(now)-tail])}}
}

// commonLines is the length of the whole lines that two texts begin with.
func commonLines(a, b []byte) int {
	n := 0
	for {
		end := bytes.IndexByte(a[n:], '\n') + 1
		if end == 0 || n+end > len(b) || !bytes.Equal(a[n:n+end], b[n:n+end]) {
			return n
		}
		n += end
	}
}

// lastLine is the last line of a text with its end; all lines end with \n but one that
// the text ends within.
func lastLine(text []byte) []byte {
	return text[bytes.LastIndexByte(text[:len(text)-1], '\n')+1:]
}

// FormatBrace is Format, after a closing brace was written: only while the file is
// sound, for what is half written must not move.
func FormatBrace(v *View) []proto.TextEdit {
	for _, d := range v.Unit.Diagnostics(v.Path) {
		if d.Severity == idl.SeverityError {
			return []proto.TextEdit{}
		}
	}
	return Format(v)
}
