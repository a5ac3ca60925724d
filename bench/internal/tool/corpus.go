package tool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeCorpus makes a module with as many packages as there are files.
func writeCorpus(dir string, files, messages int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module corpus\n\ngo 1.26\n"), 0o644); err != nil {
		return err
	}
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("file%d.grid", i))
		if err := os.WriteFile(name, []byte(schema(i, messages)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// schema is a file of so many messages, each of which has eight fields and is
// the request of a handler: twelve lines a message.
func schema(file, messages int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package file%d\n\n", file)
	for i := range messages {
		fmt.Fprintf(&b, "message Req%d {\n\tname string = 1\n\tdata bytes = 2\n\tcount uint64 = 3\n\ttags []string = 4\n", i)
		fmt.Fprint(&b, "\twhen time = 5\n\tratio float64 = 6\n\tlabels map[string]string = 7\n\tdone bool = 8\n}\n\n")
	}
	fmt.Fprint(&b, "message Done {\n\tcount uint64 = 1\n}\n\n")
	fmt.Fprintf(&b, "// Service%d is for measuring only.\nservice Service%d {\n", file, file)
	for i := range messages {
		fmt.Fprintf(&b, "\t// Do%d does nothing.\n\trpc Do%d(Req%d) Done = %d\n", i, i, i, file*messages+i+1)
	}
	fmt.Fprint(&b, "}\n")
	return b.String()
}
