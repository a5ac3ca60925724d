package lab

import (
	"fmt"
	"strings"
)

// Corpus is a tree of n files of about 120 lines each, as a cluster of services
// has them: every tenth file holds what the nine behind it share.
func Corpus(n int) Memory {
	files := Memory{}
	for i := range n {
		files[fmt.Sprintf("svc/f%03d.grid", i)] = CorpusFile(i)
	}
	return files
}

// CorpusFile is the file of Corpus with the number.
func CorpusFile(i int) string {
	var b strings.Builder
	shared := i / 10 * 10
	fmt.Fprintf(&b, "// Package f%03d is one of many.\npackage f%03d\n", i, i)
	if i != shared {
		fmt.Fprintf(&b, "\nimport \"f%03d.grid\"\n", shared)
	}
	fmt.Fprintf(&b, `
// State%[1]d says how a disk is.
enum State%[1]d uint8 {
    unknown = 0
    online  = 1
    healing = 2
}

error Gone%[1]d = "f%03[1]d.gone" {
    volume string = 1
    path   string = 2
}
`, i)
	for m := range 5 {
		fmt.Fprintf(&b, `
// Record%[1]d is what handler %[1]d stores.
message Record%[1]d {
    name    string            = 1 @limit(4KiB)
    size    uint64            = 2
    changed time              = 3
    labels  map[string]string = 4 @limit(64)
    state   State%[2]d`+"\t"+`= 5
    parts   []Part%[1]d       = 6 @limit(10_000)
    data    bytes?            = 7 @limit(128KiB)
}

message Part%[1]d {
    number uint32 = 1
    etag   string = 2
}
`, m, i)
	}
	fmt.Fprintf(&b, "\n// Store%d keeps records.\nservice Store%d {\n", i, i)
	for m := range 5 {
		own := fmt.Sprintf("Gone%d", i)
		if i != shared {
			own += fmt.Sprintf(", f%03d.Gone%d", shared, shared)
		}
		fmt.Fprintf(&b, `    // Put%[1]d stores a record.
    @timeout(10s)
    rpc Put%[1]d(Record%[1]d) Part%[1]d = %[2]d {
        errors %[3]s
    }

`, m, i*10+m+1, own)
	}
	b.WriteString("}\n")
	return b.String()
}
