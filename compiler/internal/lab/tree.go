package lab

import (
	"fmt"
	"strings"
)

// Tree is a schema of 60 packages and 420 messages in folders of eight
// areas, as a grown system has it: five layers, each package importing up to three of the
// layers below, some of several files, and services in the upper two.
func Tree() Memory {
	files := Memory{}
	for n := range TreePackages {
		part := treePart{n}
		files[part.file("types")] = part.types()
		if n%3 == 0 {
			files[part.file("more")] = part.more()
		}
		if part.layer() >= 3 {
			files[part.file("service")] = part.service()
		}
	}
	return files
}

// TreePackages is how many packages Tree has; TreeLayer is how many each of its layers has.
const (
	TreePackages = 60
	TreeLayer    = 12
)

// treePart is a package of Tree, by number.
type treePart struct{ n int }

func (p treePart) layer() int           { return p.n / TreeLayer }
func (p treePart) name() string         { return fmt.Sprintf("part%02d", p.n) }
func (p treePart) file(f string) string { return fmt.Sprintf("area%d/%s/%s.grid", p.n%8, p.name(), f) }

// below are the packages that this one imports: of the layer below it and of the lowest.
func (p treePart) below() []treePart {
	if p.layer() == 0 {
		return nil
	}
	at := p.n % TreeLayer
	below := []treePart{{p.n - TreeLayer}, {(p.layer()-1)*TreeLayer + (at+5)%TreeLayer}}
	if p.layer() > 1 {
		below = append(below, treePart{(at + 3) % TreeLayer})
	}
	return below
}

// header begins a file that imports the packages.
func (p treePart) header(imports []treePart) string {
	text := fmt.Sprintf("// Package %[1]s is a part of the system.\npackage %[1]s\n", p.name())
	for _, b := range imports {
		text += fmt.Sprintf("\nimport \"../../%s\"\n", b.file("types"))
	}
	return text
}

func (p treePart) types() string {
	var b strings.Builder
	b.WriteString(p.header(p.below()))
	fmt.Fprintf(&b, "\n// MaxName%[1]d bounds names.\nconst MaxName%[1]d uint32 = 1KiB\n", p.n)
	b.WriteString("\nenum State uint8 {\n    unknown = 0\n    open    = 1\n    closed  = 2\n}\n")
	fmt.Fprintf(&b, "\n// Gone says that there is no such thing.\nerror Gone = \"%s.gone\" {\n    name string = 1\n}\n", p.name())
	for m := range 5 {
		fmt.Fprintf(&b, "\n// Item%[1]d is one of what the part keeps.\nmessage Item%[1]d {\n", m)
		fmt.Fprintf(&b, "    id      uuid              = 1\n    name    string            = 2  @limit(MaxName%d)\n", p.n)
		b.WriteString("    labels  map[string]string = 3  @limit(64)\n    changed time              = 4\n    state   State             = 5\n")
		for k, below := range p.below() {
			fmt.Fprintf(&b, "    part%[1]d   %[2]s.Item%[3]d? = %[4]d\n", k, below.name(), (m+k)%5, 6+k)
		}
		b.WriteString("}\n")
	}
	b.WriteString("\nunion Change {\n    added   Item0 = 1\n    removed Item1 = 2\n    nothing       = 3\n}\n")
	return b.String()
}

// more is a second file of a package: it needs no import for the first.
func (p treePart) more() string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", p.name())
	for m := range 3 {
		fmt.Fprintf(&b, "\n// Extra%[1]d holds more.\nmessage Extra%[1]d {\n    items []Item%[1]d = 1 @limit(1_000)\n    last  Change? = 2\n}\n", m)
	}
	return b.String()
}

func (p treePart) service() string {
	var b strings.Builder
	b.WriteString(p.header(p.below()[:1]))
	for m := range 3 {
		fmt.Fprintf(&b, "\nmessage Get%[1]dRequest {\n    id uuid = 1\n}\n\nmessage Get%[1]dResponse {\n    item  Item%[1]d = 1\n    below %[2]s.Item%[1]d? = 2\n}\n", m, p.below()[0].name())
	}
	fmt.Fprintf(&b, "\n// Part%[1]d is served by its nodes.\n@timeout(10s)\nservice Part%[1]d {\n    reserved %[2]d\n    errors   Gone\n", p.n, p.n*10+9)
	for m := range 3 {
		fmt.Fprintf(&b, "\n    // Get%[1]d looks one up.\n    @idempotent\n    rpc Get%[1]d(Get%[1]dRequest) Get%[1]dResponse = %[2]d\n", m, p.n*10+m)
	}
	fmt.Fprintf(&b, "\n    // Watch tells what changes.\n    @timeout(none)\n    stream Watch() = %d {\n        out(64) Change\n    }\n}\n", p.n*10+5)
	return b.String()
}
