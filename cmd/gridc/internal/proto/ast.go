package proto

// File is a .proto file, as far as a .grid file can say it.
type File struct {
	Name    string   // its path
	Syntax  string   // "proto2" or "proto3"; that of an edition is proto3
	Package string   // with dots; empty when there is none
	Doc     []string // of the package line, or else of the syntax line
	Imports []Import
	Decls   []any  // *Message, *Enum and *Service, in order
	Lost    []lost // of the top level
}

// Import is one imported file.
type Import struct {
	Path   string
	Public bool
}

// lost is something that has no place in a .grid file.
type lost struct {
	line int
	text string
}

// Message is a message or the body of a group.
type Message struct {
	Name       string
	Doc        []string
	Deprecated bool
	Fields     []*Field // of oneofs, too, in order
	Oneofs     []*Oneof
	Decls      []any // *Message and *Enum, in order
	Reserved   []Range
	Names      []string // reserved
	Lost       []lost
}

// Range is inclusive at both ends.
type Range struct{ From, To int }

// Oneof is a oneof of a message.
type Oneof struct {
	Name string
	Doc  []string
}

// Field is a field of a message.
type Field struct {
	Name       string
	Doc        []string
	Comment    string
	Type       string // as written; of a map that of its values
	Key        string // of a map
	Repeated   bool
	Optional   bool // written so
	Required   bool
	Number     int
	Oneof      *Oneof // nil for most
	Deprecated bool
	Lost       []string
}

// Enum is an enum.
type Enum struct {
	Name       string
	Doc        []string
	Deprecated bool
	Values     []*Value
	Reserved   []Range
	Names      []string
	Lost       []lost
}

// Value is one value of an enum.
type Value struct {
	Name       string
	Doc        []string
	Comment    string
	Number     int
	Deprecated bool
}

// Service is a service.
type Service struct {
	Name       string
	Doc        []string
	Deprecated bool
	Methods    []*Method
	Lost       []lost
}

// Method is one method of a service.
type Method struct {
	Name                   string
	Doc                    []string
	Request, Response      string
	StreamsIn, StreamsOut  bool
	Deprecated, Idempotent bool
	Comment                string
	Lost                   []string
}
