package ir

import (
	"time"

	"github.com/gridrpc/gridc/idl"
)

// Schema is the checked form of a set of .grid files: plain data in which every
// name is resolved and every rule of the language holds. Emitters and the wire
// lowering read it and never see the syntax tree. Of its places only those of names
// are part of its JSON: the others are nowhere in a schema that was read from that.
type Schema struct {
	Packages []*Package // imports first, otherwise by path

	Origin Origin // what it was made from, nil for one that was read from JSON
	Saved  bool   // read from the JSON of another run: paths may start elsewhere
}

// Origin is what a schema was made from. Those who need the text know more of it.
type Origin interface {
	// Unread are the .grid files of the module that the schema was not made from.
	Unread() []string
}

// Package is a .grid file, or several files of one folder that name the same package.
type Package struct {
	Name    string   `json:"name"`            // with its dots
	Ref     string   `json:"ref,omitempty"`   // what refers to it, where another package has the same name
	Path    string   `json:"path"`            // of the .grid file, the first by path, slash-separated, as given or found
	Files   []string `json:"files,omitempty"` // the paths of all its files, where there are several
	Root    bool     `json:"root,omitempty"`  // named on the command line, not only imported
	Span    idl.Span `json:"-"`               // of the name in the package clause
	Doc     []string `json:"doc,omitempty"`
	Imports Imports  `json:"imports,omitempty"` // those that are used, by name

	Consts   Listed[*Const]   `json:"consts,omitempty"`
	Enums    Listed[*Enum]    `json:"enums,omitempty"`
	Messages Listed[*Message] `json:"messages,omitempty"` // declared ones; the bodies of unions and errors are not here
	Unions   Listed[*Union]   `json:"unions,omitempty"`
	Errors   Listed[*Error]   `json:"errors,omitempty"`
	Externs  Listed[*Extern]  `json:"externs,omitempty"`

	Annotations Listed[*Annotation] `json:"annotations,omitempty"`

	Services Listed[*Service] `json:"services,omitempty"`
}

// Info is what every declaration and member has.
type Info struct {
	Name       string   `json:"name"` // as written in the .grid file
	GoName     string   `json:"go"`   // exported Go name, after @go and mangling
	Doc        []string `json:"doc,omitempty"`
	Comment    string   `json:"comment,omitempty"`    // trailing comment
	Deprecated string   `json:"deprecated,omitempty"` // the reason given to @deprecated; empty when not deprecated
	Span       idl.Span `json:"at"`                   // of the name
	File       string   `json:"file,omitempty"`       // of a declaration that is not in the file at the package's path

	// Marks are the annotations of the schema's own that stand here, in order. A handler
	// has those of its service, too, unless it says the same one itself.
	Marks Listed[*Mark] `json:"annotations,omitempty"`

	Annos map[string]idl.Span `json:"-"` // where each annotation stands, by name
}

// Type is a resolved type, at one place.
type Type struct {
	Kind     Kind
	Optional bool
	Sorted   bool     // a map that is written in the order of its keys
	Key      *Type    // of a map
	Elem     *Type    // of a list or map
	Package  *Package // that declares a named kind
	Enum     *Enum
	Message  *Message
	Union    *Union
	Extern   *Extern
	Span     idl.Span // of all of it
	NameAt   idl.Span // of the name of a named kind
}

// Const is a typed constant. Exactly the value field that fits Type is meant.
type Const struct {
	Info
	Type  *Type
	Int   int64
	Big   bool // Int is the bit pattern of a uint64
	Float float64
	Str   string
	Bool  bool
	Text  string // as written
}

// Enum is an open enumeration.
type Enum struct {
	Info
	Base     Kind // Int8 … Uint64
	BaseAt   idl.Span
	Values   []*EnumValue
	Reserved Reserved
}

// EnumValue is one value of an enum; Number is the bit pattern for uint64 bases.
type EnumValue struct {
	Info
	Number   int64
	NumberAt idl.Span
}

// Message is a struct.
type Message struct {
	Info
	Package    *Package       `json:"-"`
	StringKeys bool           `json:"string_keys,omitempty"`
	Fields     Listed[*Field] `json:"fields"` // in order of declaration
	Reserved   Reserved       `json:"reserved,omitzero"`
	SizeLimit  int64          `json:"limit,omitempty"`     // @limit on the message: its encoded size in bytes, 0 when none
	Recursive  bool           `json:"recursive,omitempty"` // contains itself, directly or not
	Secret     bool           `json:"secret,omitempty"`    // holds a secret field, directly or not
	Tuple      bool           `json:"tuple,omitempty"`     // @tuple: an array on the wire, see Places
	Keep       bool           `json:"keep,omitempty"`      // @keep: what is not known is passed on
	Ruled      bool           `json:"ruled,omitempty"`     // a field has a rule, here or in what it holds: @limit, and Rules
	Strict     bool           `json:"strict,omitempty"`    // likewise, and one besides @limit, which codecs do not check

	Error *Error `json:"-"` // whose body it is; nil for a declared message
}

// Field is a field of a message or error, or a variant of a union.
type Field struct {
	Info
	Type   *Type  `json:"type"`
	Number int    `json:"number,omitempty"` // when the message has integer keys
	Key    string `json:"key,omitempty"`    // when it has string keys
	Limit  int64  `json:"limit,omitempty"`  // @limit in entries or bytes; 0 when none was given
	JSON   string `json:"json,omitempty"`   // @json: its name in the JSON of Go; empty when none was given
	Secret bool   `json:"secret,omitempty"` // @secret: never shown

	EachLimit int64 `json:"each_limit,omitempty"` // of each element of a list or value of a map, likewise
	KeyLimit  int64 `json:"key_limit,omitempty"`  // of each key of a map, in bytes

	Rules *Rules `json:"rules,omitempty"` // nil when there are none besides limits

	NumberAt idl.Span `json:"-"` // of the number or key
}

// Rules are what the value of a field has to be, besides its limits. Those but Required and
// Check are for each element or value of a list or map.
type Rules struct {
	Required bool    `json:"required,omitempty"` // @required
	Min      *Const  `json:"min,omitempty"`      // @range; nil: none
	Max      *Const  `json:"max,omitempty"`      // likewise
	Pattern  string  `json:"pattern,omitempty"`  // @pattern; empty when none was given
	Check    *GoFunc `json:"check,omitempty"`    // @check; nil: none
}

// GoFunc is a Go function that is there already.
type GoFunc struct {
	ImportPath string `json:"import_path"`
	Name       string `json:"name"`
}

// Union is a variant set.
type Union struct {
	Info
	Package   *Package       `json:"-"`
	Variants  Listed[*Field] `json:"variants"`
	Reserved  Reserved       `json:"reserved,omitzero"`
	Recursive bool           `json:"recursive,omitempty"`
	Secret    bool           `json:"secret,omitempty"` // holds a secret variant, directly or not
	Keep      bool           `json:"keep,omitempty"`   // @keep: a variant that is not known is passed on
	Ruled     bool           `json:"ruled,omitempty"`  // as of a Message
	Strict    bool           `json:"strict,omitempty"` // likewise
}

// Error is a typed error; Body holds its fields and has the error's name. As a type, an
// error is its body.
type Error struct {
	Info
	Package *Package
	Code    string
	CodeAt  idl.Span
	Body    *Message
}

// Extern is an existing Go type with msgp methods.
type Extern struct {
	Info
	ImportPath string `json:"import_path"`
	TypeName   string `json:"type_name"`
}

// Annotation is an annotation of the schema's own.
type Annotation struct {
	Info
	Package *Package       `json:"-"`
	Params  Listed[*Param] `json:"params"`
	Places  []string       `json:"on"`              // "message", "field", …
	Check   *GoFunc        `json:"check,omitempty"` // @check: what checks a value that has the annotation; nil: nothing
}

// Param is a parameter of an annotation. One with an optional type may be left out.
type Param struct {
	Info
	Type *Type `json:"type"`
}

// Mark is an annotation where it stands. Args are the arguments that were given, in the
// order of the parameters, and with their names.
type Mark struct {
	Annotation *Annotation
	Args       Listed[*Const]
	Span       idl.Span
}

// Service is a set of handlers.
type Service struct {
	Info
	Package   *Package         `json:"-"`
	Product   string           `json:"product,omitempty"` // @product: whose handler ids its own are among; empty when none was given
	Subroutes []Subroute       `json:"subroutes,omitempty"`
	Handlers  Listed[*Handler] `json:"handlers"`
	Reserved  Reserved         `json:"reserved,omitzero"`
}

// Subroute is a run-time parameter or a fixed text; one of the two is set.
type Subroute struct {
	Param  string `json:"param,omitempty"` // as written
	GoName string `json:"go,omitempty"`    // of the parameter: a legal, unexported Go identifier
	Fixed  string `json:"fixed,omitempty"`

	Span idl.Span `json:"-"` // of the line
}

// Priority is the lane that a handler's messages travel in.
type Priority uint8

// The lanes; Normal is the default.
const (
	Normal Priority = iota
	High
	Low
)

// Handler is an rpc or a stream.
type Handler struct {
	Info
	ID         uint16        `json:"id"`
	Stream     bool          `json:"stream,omitempty"`
	Request    *Type         `json:"request,omitempty"`  // payload of a stream; nil for none
	Response   *Type         `json:"response,omitempty"` // of an rpc, or of a stream with in and without out; nil for none
	In         *Flow         `json:"in,omitempty"`       // of a stream; nil for none
	Out        *Flow         `json:"out,omitempty"`
	Errors     ErrorRefs     `json:"errors,omitempty"`
	Timeout    time.Duration `json:"timeout_ns,omitempty"` // 0 when neither handler nor service says
	Priority   Priority      `json:"priority,omitempty"`
	Idempotent bool          `json:"idempotent,omitempty"`
	Reuse      bool          `json:"reuse,omitempty"`

	IDAt     idl.Span   `json:"-"`
	ErrorsAt []idl.Span `json:"-"` // of each of Errors
}

// Flow is one direction of a stream.
type Flow struct {
	Type     *Type `json:"type"`
	Capacity int   `json:"capacity"`           // 1 … 65535, the default filled in
	Explicit bool  `json:"explicit,omitempty"` // written down, not the default

	Span       idl.Span `json:"-"` // of the line, from `in` or `out` on
	CapacityAt idl.Span `json:"-"` // of an explicit one
}

// Reserved is what a declaration never uses again.
type Reserved struct {
	Ranges []Range  `json:"ranges,omitempty"`
	Names  []string `json:"names,omitempty"`
}

// Range is inclusive at both ends.
type Range struct{ From, To int64 }
