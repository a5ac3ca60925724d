package ir

// Describe names a type in a message to people.
func (t *Type) Describe() string {
	switch t.Kind {
	case None:
		return "a variant without a value"
	case List:
		return "a list"
	case Map:
		return "a map"
	case EnumKind:
		return "the enum `" + t.Enum.Name + "`"
	case MessageKind:
		if t.Message.Error != nil {
			return "the error `" + t.Message.Name + "`"
		}
		return "the message `" + t.Message.Name + "`"
	case UnionKind:
		return "the union `" + t.Union.Name + "`"
	case ExternKind:
		return "the extern `" + t.Extern.Name + "`"
	default:
		return "`" + t.Kind.String() + "`"
	}
}

// Declared is the declaration of a named type: *Enum, *Message, *Error, *Union or *Extern;
// nil for any other.
func (t *Type) Declared() any {
	switch t.Kind {
	case EnumKind:
		return t.Enum
	case MessageKind:
		if t.Message.Error != nil {
			return t.Message.Error
		}
		return t.Message
	case UnionKind:
		return t.Union
	case ExternKind:
		return t.Extern
	}
	return nil
}

// DeclName is the name of the declaration of a named type.
func (t *Type) DeclName() string { return NewDeclaration(t.Package, t.Declared()).Info.Name }

// IsByteList reports whether a type is written `[]uint8`.
func (t *Type) IsByteList() bool { return t.Kind == List && t.Elem.Kind == Uint8 }
