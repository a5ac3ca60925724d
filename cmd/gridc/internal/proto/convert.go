package proto

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
)

// Result is the .grid file that a .proto file became.
type Result struct {
	Text  string // not formatted yet
	Marks int    // places that say what a .grid file cannot say: lines with "TODO"
}

// mark begins what is said of something that a .grid file cannot say.
const mark = "TODO: "

// converter writes one file.
type converter struct {
	set     *Set
	file    *File
	pkg     string
	b       *strings.Builder
	imports map[string]string // qualifier by package file
	names   map[string]bool   // qualifiers
	paths   []string          // of imports, in order
	marks   int
	empty   bool            // a message for google.protobuf.Empty is needed
	options map[string]bool // that were marked
}

// Convert returns the .grid file of a file of the set. It is written beside the .proto
// file, under the same name.
func (s *Set) Convert(f *File) Result {
	c := &converter{set: s, file: f, b: &strings.Builder{}, pkg: s.packageOf(f), imports: map[string]string{}, names: map[string]bool{}, options: map[string]bool{}}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *Message:
			c.message(f.Package, d)
		case *Enum:
			c.enum(c.set.symbols[join(f.Package, d.Name)].name, d)
		case *Service:
			c.service(d)
		}
	}
	if c.empty {
		c.line("")
		c.line("message %s {}", c.emptyName())
	}
	body := c.b.String()
	c.b.Reset()
	c.head()
	return Result{Text: c.b.String() + body, Marks: c.marks}
}

// packageOf is the package that a file belongs to.
func (s *Set) packageOf(f *File) string {
	return packageName(f, strings.TrimSuffix(path.Base(f.Name), ".proto"))
}

// head writes what stands before the declarations.
func (c *converter) head() {
	c.doc(c.file.Doc, "")
	c.line("package %s", c.pkg)
	if len(c.paths) > 0 {
		c.line("\nimport (")
		for _, p := range c.paths {
			alias := ""
			if name := c.imports[p]; name != goname.PackageName(c.set.packageOf(c.set.byGrid(p, c.file))) {
				alias = name + " "
			}
			c.line("    %s%q", alias, p)
		}
		c.line(")")
	}
	missing := c.missing()
	if len(missing)+len(c.file.Lost) > 0 {
		c.line("")
	}
	for _, name := range missing {
		c.todo("import %q was not found: what it declares is missing here", name)
	}
	for _, x := range c.file.Lost {
		if c.isNews(x.text) {
			c.todo("%s", x.text)
		}
	}
}

// missing are the imports that are not in the set, but for those that nobody misses.
func (c *converter) missing() []string {
	var list []string
	for _, i := range c.file.Imports {
		known := slices.ContainsFunc([]string{"google/protobuf/", "google/api/", "gogoproto/", "validate/", "buf/validate/", "protoc-gen-openapiv2/"}, func(prefix string) bool {
			return strings.HasPrefix(i.Path, prefix) || strings.Contains(i.Path, "/"+prefix)
		})
		if !known && !c.set.imported(i.Path) {
			list = append(list, i.Path)
		}
	}
	return list
}

// imported reports whether a file of the set is the one that an import means: its path
// ends with that of the import, or with the last two parts of it.
func (s *Set) imported(name string) bool {
	parts := strings.Split(name, "/")
	end := strings.Join(parts[max(len(parts)-2, 0):], "/")
	for _, f := range s.files {
		if f.Name == end || strings.HasSuffix(f.Name, "/"+end) {
			return true
		}
	}
	return false
}

// isNews reports whether something that has no place was not marked before: an option is
// marked once in a file, wherever else it stands.
func (c *converter) isNews(text string) bool {
	name, _, _ := strings.Cut(text, " = ")
	if strings.Contains(name, "google.api.") || strings.Contains(name, "openapiv2") {
		return false // how HTTP and JSON get there
	}
	news := !c.options[name]
	c.options[name] = true
	return news
}

// gridPath is the path of the .grid file of a file, as an import of another names it.
func gridPath(to, from *File) string {
	target := strings.TrimSuffix(to.Name, ".proto") + ".grid"
	up, dir := "", path.Dir(path.Clean(from.Name))
	for dir != "." && dir != "/" && !strings.HasPrefix(target, dir+"/") {
		up, dir = up+"../", path.Dir(dir)
	}
	if dir == "/" {
		return up + strings.TrimPrefix(target, "/")
	}
	return up + strings.TrimPrefix(target, dir+"/")
}

// byGrid is the file whose .grid file an import path names.
func (s *Set) byGrid(name string, from *File) *File {
	for _, f := range s.files {
		if gridPath(f, from) == name {
			return f
		}
	}
	return from
}

func (c *converter) line(format string, args ...any) { fmt.Fprintf(c.b, format+"\n", args...) }

// todo writes a mark on a line of its own.
func (c *converter) todo(format string, args ...any) {
	c.marks++
	c.line("// %s%s", mark, oneLine(fmt.Sprintf(format, args...)))
}

// after is what stands after a line: marks, or else its comment.
func (c *converter) behind(comment string, marks ...string) string {
	marks = slices.DeleteFunc(marks, func(m string) bool { return m == "" })
	if len(marks) == 0 && comment == "" {
		return ""
	}
	if len(marks) == 0 {
		return " // " + oneLine(comment)
	}
	c.marks++
	text := mark + strings.Join(marks, "; ")
	if comment != "" {
		text = comment + "; " + text
	}
	return " // " + oneLine(text)
}

// oneLine is a text without line ends and other control characters.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�")))
}

// doc writes a comment above something.
func (c *converter) doc(lines []string, indent string) {
	for _, line := range lines {
		c.line("%s", strings.TrimRight(indent+"// "+oneLine(line), " "))
	}
}

// typeText is a type as the file writes it, and whether it is a message. One that was not
// found is a raw, so that the file can be compiled.
func (c *converter) typeText(scope, name string) (text string, isMessage bool, note string) {
	if typ := builtins[name]; typ != "" {
		return typ, false, ""
	}
	if base := googleType(name); base != "" {
		if known, ok := wellKnown[base]; ok {
			return known.typ, false, known.mark
		}
		if base == "Empty" {
			c.empty = true
			return c.emptyName(), true, ""
		}
	}
	sym := c.set.find(scope, name)
	if sym == nil {
		return "raw", false, "was " + strings.TrimPrefix(name, ".") + ", which was not found"
	}
	return c.qualified(sym), !sym.isEnum && !sym.union, ""
}

// emptyName is the name of the message for google.protobuf.Empty.
func (c *converter) emptyName() string {
	name := "Empty"
	for _, sym := range c.set.symbols {
		if sym.name == name && c.isOwn(sym.file) {
			return "NoFields"
		}
	}
	return name
}

// isOwn reports whether a file belongs to the package of this one: files of one folder.
func (c *converter) isOwn(f *File) bool {
	return path.Dir(f.Name) == path.Dir(c.file.Name) && c.set.packageOf(f) == c.pkg
}

// qualified is the name of a type with that of its package, which is imported for it.
func (c *converter) qualified(sym *symbol) string {
	if c.isOwn(sym.file) {
		return sym.name
	}
	file := gridPath(sym.file, c.file)
	name, known := c.imports[file]
	if !known {
		want := goname.PackageName(c.set.packageOf(sym.file))
		for n := 2; c.names[want] && !c.sameImport(sym.file, want); n++ {
			want = fmt.Sprintf("%s%d", goname.PackageName(c.set.packageOf(sym.file)), n)
		}
		name = want
		c.imports[file], c.names[name] = name, true
		if !c.sameImport(sym.file, name) {
			c.paths = append(c.paths, file)
			slices.Sort(c.paths)
		}
	}
	return name + "." + sym.name
}

// sameImport reports whether another file of the same package is imported under a name.
func (c *converter) sameImport(f *File, name string) bool {
	return slices.ContainsFunc(c.paths, func(p string) bool {
		other := c.set.byGrid(p, c.file)
		return c.imports[p] == name && path.Dir(other.Name) == path.Dir(f.Name) && c.set.packageOf(other) == c.set.packageOf(f)
	})
}
