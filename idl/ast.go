package idl

// Pos is a place in a source file. Line and Col count from 1, Col in bytes, as
// Go's own tools count; Offset counts from 0. The zero Pos is "nowhere".
type Pos struct {
	Line   int `json:"line"`
	Col    int `json:"col"`
	Offset int `json:"byte"`
}

// Span is the half-open stretch of source from Start to End in File.
type Span struct {
	File  string `json:"-"` // the path as the user gave it, slash-separated
	Start Pos    `json:"start"`
	End   Pos    `json:"end"`
}

// IsZero reports whether the span points nowhere.
func (s Span) IsZero() bool { return s == Span{} }

// File is one parsed .grid file. Parts that could not be parsed are absent from
// Imports and Decls; the diagnostics say why.
type File struct {
	Path    string
	Source  []byte
	Doc     []string // comment lines straight above the package clause, without "//"
	Package *Ident   // with its dots; nil when the clause is missing or broken
	Imports []*Import
	Decls   []Decl

	// Broken names the declarations that are missing from Decls because their
	// first line is wrong: a reference to one is no second mistake.
	Broken []*Ident
}

// Ident is an identifier with its place.
type Ident struct {
	Name string
	Span Span
}

// Import is one imported path.
type Import struct {
	Alias   *Ident // nil when the file's own package name is used
	Path    string // unquoted, relative to the importing file
	Span    Span   // alias and path
	PathAt  Span   // the quoted string
	Comment string // trailing comment on the line
}

// Meta is what every declaration and every member has.
type Meta struct {
	Doc     []string // comment lines straight above, without "//" and one leading space
	Comment string   // comment after it on its line (for a block: after the opening brace)
	Annos   []*Anno
	Span    Span // from the first annotation or keyword to the end

	// Broken is set when a member or an annotation was left out because it is
	// wrong: what is absent then proves nothing.
	Broken bool
}

// Decl is a top-level declaration: *Const, *Enum, *Message, *Union, *Error,
// *Extern, *Annotation or *Service.
type Decl interface {
	DeclName() *Ident
	DeclMeta() *Meta
}

// Head is what every declaration has.
type Head struct {
	Meta
	Name *Ident
}

// Const is `const Name Type = Lit`.
type Const struct {
	Head
	Type  *Type
	Value *Lit
}

// Enum is `enum Name IntType { … }`.
type Enum struct {
	Head
	Base     *Ident
	Values   []*EnumValue
	Reserved []*Reserved
}

// EnumValue is `name = 1`.
type EnumValue struct {
	Meta
	Name   *Ident
	Number *Lit
}

// Message is `message Name { … }`.
type Message struct {
	Head
	Fields   []*Field
	Reserved []*Reserved
}

// Union is `union Name { … }`; its variants look like fields.
type Union struct {
	Head
	Fields   []*Field
	Reserved []*Reserved
}

// Error is `error Name = "code" { … }`; the block is optional.
type Error struct {
	Head
	Code     *Lit
	Fields   []*Field
	Reserved []*Reserved
}

// Field is `name Type = 1` or `name Type = "key"`, in a union also `name = 1`.
type Field struct {
	Meta
	Name *Ident
	Type *Type // nil for a variant without a value
	Key  *Lit  // an integer or a string
}

// Extern is `extern Name = "import/path.Type"`.
type Extern struct {
	Head
	Target *Lit
}

// Annotation is `annotation name(param Type, …) on message, field`.
type Annotation struct {
	Head
	Params []*Param
	Places []*Ident // what it may stand at
}

// Param is a parameter of an annotation.
type Param struct {
	Name *Ident
	Type *Type
}

// Service is `service Name { … }`.
type Service struct {
	Head
	Subroutes []*Subroute
	Reserved  []*Reserved
	Errors    []*Ref // of all of its handlers
	Handlers  []*Handler
}

// Subroute is `subroute param` or `subroute "fixed"`; one of the two is set.
type Subroute struct {
	Meta
	Param *Ident
	Fixed *Lit
}

// Handler is an rpc or a stream.
type Handler struct {
	Meta
	Name     *Ident
	Stream   bool
	Request  *Type // the payload of a stream; nil when the parentheses are empty
	Response *Type // of an rpc, or of a stream with in and without out; nil when there is none
	ID       *Lit
	In, Out  *Flow // of a stream; nil when absent
	Errors   []*Ref
}

// Flow is `in(16) Op` or `out(64) Ack`.
type Flow struct {
	Meta
	Capacity *Lit // nil when the default is taken
	Type     *Type
}

// Reserved is `reserved 1, 4..7, "name"`.
type Reserved struct {
	Meta
	Items []*ReservedItem
}

// ReservedItem is one item of a reserved line: a string, a number or a range.
type ReservedItem struct {
	Span Span
	From *Lit
	To   *Lit // nil unless a range
}

// Type is a type as written. Exactly one of Ref, Elem is set; Key is set for a map.
type Type struct {
	Ref      *Ref
	Key      *Type // map key; nil for a list
	Elem     *Type // element of a list or value of a map
	Optional bool
	Span     Span
}

// Ref names a type or an error, qualified by an import or not.
type Ref struct {
	Package *Ident // nil when unqualified
	Name    *Ident
	Span    Span
}

// Anno is `@name(args)`, or `@package.name(args)`.
type Anno struct {
	Package *Ident // nil when unqualified
	Name    *Ident
	Args    []*Arg
	Span    Span
}

// Arg is one argument of an annotation.
type Arg struct {
	Name  *Ident // nil when positional
	Value *Lit
	Span  Span
}

// LitKind says what a literal was written as.
type LitKind uint8

// The kinds of literal.
const (
	LitInt      LitKind = iota + 1 // 10_000, -1, 0xFF, 1e9, 1 << 3, 64KiB (already multiplied)
	LitFloat                       // 0.5, 1e-3
	LitDuration                    // 1m30s
	LitString                      // "x", unquoted in Str
	LitIdent                       // high, true
)

// Lit is a literal. Int holds integers and, in nanoseconds, durations; an
// integer that fits only uint64 sets Big and stands in Int as its bit pattern.
type Lit struct {
	Kind  LitKind
	Text  string // as written
	Int   int64
	Big   bool
	Float float64
	Str   string // of strings (unquoted) and identifiers
	Ref   *Ref   // of an identifier in an annotation, which may be the name of a constant
	Span  Span
}

// DeclName returns the declared name; it is never nil in a parsed tree.
func (h *Head) DeclName() *Ident { return h.Name }

// DeclMeta returns what the declaration has in common with every other.
func (m *Meta) DeclMeta() *Meta { return m }
