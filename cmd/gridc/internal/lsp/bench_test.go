package lsp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// hundredFiles are a workspace of 100 files of 100 lines that import each other, of
// which one has 1,000.
func hundredFiles() map[string]string {
	files := map[string]string{}
	for f := range 100 {
		var b strings.Builder
		fmt.Fprintf(&b, "package p%d\n\n", f)
		if f%10 > 0 {
			fmt.Fprintf(&b, "import \"f%d.grid\"\n\n", f-1)
		}
		messages := 10
		if f == 50 {
			messages = 111
		}
		for m := range messages {
			fmt.Fprintf(&b, "// M%d is a message.\nmessage M%d {\n", m, m)
			for k := 1; k <= 5; k++ {
				fmt.Fprintf(&b, "    field%d string = %d @limit(64)\n", k, k)
			}
			if f%10 > 0 {
				fmt.Fprintf(&b, "    other p%d.M1 = 6\n", f-1)
			}
			b.WriteString("}\n\n")
		}
		fmt.Fprintf(&b, "// S does.\nservice S%d {\n    // Do does.\n    rpc Do(M0) M1 = %d\n}\n", f, f+1)
		files[fmt.Sprintf("f%d.grid", f)] = b.String()
	}
	return files
}

// BenchmarkTyping types a field into the file of 1,000 lines, letter by letter, and asks
// after each for a completion, as editors do; then it waits for the diagnostics of all
// files. Where others keep the processors busy, cpu, the processor time of a key with its
// completion and diagnostics, server and editor together, can be trusted and the rest not.
//
//	go test ./cmd/gridc/internal/lsp -bench Typing -run '^$' -benchtime 5x
func BenchmarkTyping(b *testing.B) {
	files := hundredFiles()
	if n := strings.Count(files["f50.grid"], "\n"); n < 1000 {
		b.Fatalf("the file has %d lines", n)
	}
	benchmarkTyping(b, files, "f50.grid", "}\n\n// M50 ")
}

// BenchmarkTypingBelowAll types into a file that all others import: each is checked again.
func BenchmarkTypingBelowAll(b *testing.B) {
	files := hundredFiles()
	for name, content := range files {
		if name != "f0.grid" {
			content = strings.Replace(content, "\n\n", "\n\nimport \"f0.grid\"\n\n", 1)
			content = strings.Replace(content, "field1 string", "field1 p0.M0", 1)
			files[name] = strings.Replace(content, "import \"f0.grid\"\n\nimport \"f0.grid\"", "import \"f0.grid\"", 1)
		}
	}
	benchmarkTyping(b, files, "f0.grid", "}\n\n// M5 ")
}

func benchmarkTyping(b *testing.B, files map[string]string, name, before string) {
	e := start(b, files)
	e.open(name, files[name])
	e.settle()
	const typed = "    added map[string]M3 = 7 @limit(5)"
	offset := strings.Index(files[name], before)
	var took, all, cpu []time.Duration // to the completion, to the diagnostics, and what both took
	for b.Loop() {
		at := text.New([]byte(e.texts[name])).Position(offset)
		for i := range len(typed) {
			begun, used := time.Now(), cpuTime()
			e.change(name, text.Change{Range: &text.Range{Start: at, End: at}, Text: typed[i : i+1]})
			at.Character++
			e.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"c","method":"textDocument/completion","params":{"textDocument":{"uri":%q},"position":{"line":%d,"character":%d}}}`, e.uri(name), at.Line, at.Character))
			e.await(`"c"`)
			took = append(took, time.Since(begun))
			e.settle()
			all = append(all, time.Since(begun))
			cpu = append(cpu, cpuTime()-used)
		}
		e.replace(name, files[name])
		e.settle()
	}
	for what, times := range map[string][]time.Duration{"completion": took, "diagnostics": all, "cpu": cpu} {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2])/1e6, what+"-p50-ms")
		b.ReportMetric(float64(times[len(times)*95/100])/1e6, what+"-p95-ms")
	}
	b.ReportMetric(0, "ns/op")
}
