package trial

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ProtocolText returns PROTOCOL.md, for tests of packages at or below package grid.
func ProtocolText(t testing.TB) string {
	t.Helper()
	here, err := os.Getwd()
	for err == nil && here != filepath.Dir(here) {
		text, err := os.ReadFile(filepath.Join(here, "PROTOCOL.md"))
		if err == nil {
			return string(text)
		}
		here = filepath.Dir(here)
	}
	t.Fatal("PROTOCOL.md is in no folder above this one: ", err)
	return ""
}

var example = regexp.MustCompile("(?s)```hex (\\S+)\n(.*?)```")

// ProtocolExamples returns the hex examples of PROTOCOL.md by name. In a line,
// what follows two spaces after a byte is a comment, unless it is indentation.
func ProtocolExamples(t testing.TB) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	for _, block := range example.FindAllStringSubmatch(ProtocolText(t), -1) {
		if out[block[1]] != nil {
			t.Fatalf("example %s is there twice", block[1])
		}
		var all []byte
		for line := range strings.Lines(block[2]) {
			code, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
			b, err := hex.DecodeString(strings.ReplaceAll(code, " ", ""))
			if err != nil {
				t.Fatalf("example %s: %v in %q", block[1], err, line)
			}
			all = append(all, b...)
		}
		out[block[1]] = all
	}
	return out
}
