// Package tree makes a schema that is as large as grown systems have. Tests of the compiler
// and of the language server use it.
package tree

import (
	"fmt"
	"strings"
)

// Packages is how many packages the schema has; Layer is how many each of its layers has.
const (
	Packages = 60
	Layer    = 12
)

// Files are 60 packages and 420 messages, by the paths of their files, in folders of eight
// areas: five layers, each package importing up to three of the layers below, some of
// several files, and services in the upper two.
func Files() map[string]string {
	files := map[string]string{}
	for n := range Packages {
		p := part{n}
		files[p.file("types")] = p.types()
		if n%3 == 0 {
			files[p.file("more")] = p.more()
		}
		if p.layer() >= 3 {
			files[p.file("service")] = p.service()
		}
	}
	return files
}

// part is a package of the schema, by number.
type part struct{ n int }

func (p part) layer() int           { return p.n / Layer }
func (p part) name() string         { return fmt.Sprintf("part%02d", p.n) }
func (p part) file(f string) string { return fmt.Sprintf("area%d/%s/%s.grid", p.n%8, p.name(), f) }

// below are the packages that this one imports: of the layer below it and of the lowest.
func (p part) below() []part {
	if p.layer() == 0 {
		return nil
	}
	at := p.n % Layer
	below := []part{{p.n - Layer}, {(p.layer()-1)*Layer + (at+5)%Layer}}
	if p.layer() > 1 {
		below = append(below, part{(at + 3) % Layer})
	}
	return below
}

// header begins a file that imports the packages.
func (p part) header(imports []part) string {
	text := fmt.Sprintf("// Package %[1]s is a part of the system.\npackage %[1]s\n", p.name())
	for _, b := range imports {
		text += fmt.Sprintf("\nimport \"../../%s\"\n", b.file("types"))
	}
	return text
}

func (p part) types() string {
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
func (p part) more() string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", p.name())
	for m := range 3 {
		fmt.Fprintf(&b, "\n// Extra%[1]d holds more.\nmessage Extra%[1]d {\n    items []Item%[1]d = 1 @limit(1_000)\n    last  Change? = 2\n}\n", m)
	}
	return b.String()
}

func (p part) service() string {
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
