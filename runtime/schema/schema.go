package schema

// Kind is a kind of value on the wire. Its values are part of the wire format of a
// table and never change.
type Kind uint8

// The kinds of value.
const (
	Bool     Kind = 1
	Int8     Kind = 2
	Int16    Kind = 3
	Int32    Kind = 4
	Int64    Kind = 5
	Uint8    Kind = 6
	Uint16   Kind = 7
	Uint32   Kind = 8
	Uint64   Kind = 9
	Float32  Kind = 10
	Float64  Kind = 11
	String   Kind = 12
	Bytes    Kind = 13
	Time     Kind = 14
	Duration Kind = 15
	UUID     Kind = 16
	Raw      Kind = 17
	List     Kind = 18
	Map      Kind = 19
	Enum     Kind = 20
	Message  Kind = 21
	Union    Kind = 22
	Extern   Kind = 23
)

// Table is the wire form of a set of handlers. It refers to no other table.
type Table struct {
	Shapes   []Shape   // enums, messages, unions and externs, referred to by index
	Handlers []Handler // ascending by ID
	Reserved []Range   // handler ids that are never used again
}

// Type is the type of a field, an element or a whole message.
type Type struct {
	Kind     Kind
	Optional bool
	Shape    int   // index into Table.Shapes for Enum, Message, Union, Extern
	Key      *Type // of a Map
	Elem     *Type // of a List or Map
}

// Shape is the wire form of one declared type.
type Shape struct {
	Kind     Kind     // Enum, Message, Union or Extern
	Name     string   // "package.Name", or the Go type of an extern
	Base     Kind     // of an Enum
	Values   []Value  // of an Enum
	Fields   []Field  // of a Message or Union, in order of declaration
	Limit    int64    // encoded size of a Message in bytes, 0 when none
	Tuple    bool     // a Message that is an array: field n is its n-th entry
	Reserved []Range  // numbers that are never used again
	Keys     []string // string keys and names that are never used again
}

// Value is one value of an enum.
type Value struct {
	Name   string
	Number int64
}

// Field is a field of a message or a variant of a union. It has a Number or, in a
// message with string keys, a Key.
type Field struct {
	Name   string
	Number int
	Key    string
	Type   Type
	Limit  int64 // entries or bytes; 0 when none is declared
	Secret bool  // never shown to people

	Each     int64 // limit of each element or value of a list or map, likewise
	KeyLimit int64 // limit of each key of a map, in bytes
}

// Error is a declared error of a handler.
type Error struct {
	Code  string
	Shape int // index of the Message that is its body
}

// Handler is the wire form of one handler.
type Handler struct {
	ID          uint16
	Name        string // "package.Service.Method"
	Stream      bool
	Subroutes   []string // in order: a fixed text, or "" for a run-time parameter
	Request     *Type    // payload of a stream; nil when there is none
	Response    *Type    // of an rpc, or of a stream with In and without Out: the one answer
	In, Out     *Type    // of a stream
	InCapacity  int
	OutCapacity int
	Errors      []Error
}

// Range is inclusive at both ends.
type Range struct{ From, To int64 }
