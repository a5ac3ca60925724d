package ir

// MaxDepth is how many levels of messages, unions, lists and maps the codec writes
// and reads in one value. A test compares the two.
const MaxDepth = 64

// Depth is how many levels a type may take, and through which field.
type Depth struct {
	Levels int
	Via    *Field
	Next   any // the type that the field holds
}

// Wrapped returns how many lists and maps are around what a type holds, and the
// message or union that it is, if it is one.
func Wrapped(t *Type) (around int, held any) {
	for ; t != nil; t = t.Elem {
		switch t.Kind {
		case List, Map:
			around++
		case MessageKind:
			return around, t.Message
		case UnionKind:
			return around, t.Union
		}
	}
	return around, nil
}

// NameFrom is what a message or union is called in the file of a package.
func NameFrom(p *Package, node any) string {
	home, name := p, ""
	switch n := node.(type) {
	case *Message:
		home, name = n.Package, n.Name
	case *Union:
		home, name = n.Package, n.Name
	}
	if home != p {
		return home.Name + "." + name
	}
	return name
}
