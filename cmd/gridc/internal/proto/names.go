package proto

import (
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
)

// memberName is the name of a field, a variant or a value as .grid files write it:
// create_revision is createRevision. The Go name is the same.
func memberName(name string) string {
	joined := goname.JoinedName(name)
	if name == strings.ToUpper(name) {
		joined = goname.JoinedName(strings.ToLower(name))
	}
	if joined == "" || isDigit(joined[0]) {
		return name
	}
	return goname.LowerFirst(joined)
}

// typeName is the name of a message, an enum or a service.
func typeName(name string) string {
	if joined := goname.JoinedName(name); joined != "" && !isDigit(joined[0]) {
		return joined
	}
	return name
}

// valueNames are the names of the values of an enum: without what all of them begin with,
// as is usual, and the name of the enum is.
func valueNames(e *Enum) []string {
	prefix := strings.ToUpper(goname.SnakeName(typeName(e.Name))) + "_"
	for _, v := range e.Values {
		rest, found := strings.CutPrefix(strings.ToUpper(v.Name), prefix)
		if !found || rest == "" || isDigit(rest[0]) {
			prefix = ""
		}
	}
	names, taken := make([]string, len(e.Values)), names{}
	for i, v := range e.Values {
		names[i] = taken.pick(memberName(v.Name[len(prefix):]))
	}
	return names
}

// names hands out each name once.
type names map[string]bool

// pick returns a name, or the name with the first number after it that is free. Names
// that only differ in their first letter are one, as they are in Go.
func (n names) pick(want string) string {
	name := want
	for i := 2; n[goname.ExportedName(name)]; i++ {
		name = want + strconv.Itoa(i)
	}
	n[goname.ExportedName(name)] = true
	return name
}

// packageName is a package of proto as a .grid file may call it.
func packageName(f *File, stem string) string {
	if f.Package != "" {
		return f.Package
	}
	name := strings.Map(func(r rune) rune {
		if r < 128 && (isLetter(byte(r)) || isDigit(byte(r))) && r != '_' {
			return r
		}
		return -1
	}, strings.ToLower(stem))
	if name == "" || isDigit(name[0]) || goname.PackageNameFault(name) != "" {
		return "p" + name
	}
	return name
}
