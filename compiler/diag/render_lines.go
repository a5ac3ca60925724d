package diag

import (
	"os"
	"strings"
	"unicode/utf8"

	"github.com/gridrpc/gridc/idl"
)

// sourceLines gives the lines of files, each of which it reads once.
type sourceLines struct {
	read  func(string) ([]byte, error)
	files map[string][]string
}

// newSourceLines reads with os.ReadFile when read is nil.
func newSourceLines(read func(string) ([]byte, error)) *sourceLines {
	if read == nil {
		read = os.ReadFile
	}
	return &sourceLines{read: read, files: make(map[string][]string)}
}

// line is the text of one line of a file, empty when there is none.
func (s *sourceLines) line(file string, n int) string {
	lines, ok := s.files[file]
	if !ok {
		if text, err := s.read(file); err == nil {
			lines = strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
		}
		s.files[file] = lines
	}
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// column is the column of a place in characters, from 1: what other tools count
// in. Diagnostics count bytes, as Go's own tools do.
func (s *sourceLines) column(file string, p idl.Pos) int {
	line := s.line(file, p.Line)
	if p.Col < 1 || p.Col-1 > len(line) {
		return p.Col
	}
	return utf8.RuneCountInString(line[:p.Col-1]) + 1
}
