package compiler

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gridrpc/gridc/idl"
)

// IRVersion is the version of the JSON that MarshalIR writes. It grows when the
// meaning of something that is there already changes; what is new and can be
// ignored comes without a new version.
const IRVersion = 1

// MarshalIR writes a checked schema as JSON: for plug-ins, which see all names
// resolved and all rules kept, and as a baseline for `gridc breaking`.
//
// The document is an object with "gridc_ir", the version, and "packages", a list
// in which imports come first. What is empty, zero or false is left out. Types
// are objects with "kind": the name of a built-in type, or "list" and "map"
// with "elem" and "key", or "enum", "message", "union" and "extern" with "ref",
// the package and the name of the declaration. "go" is the exported name in Go.
// "at" is where the name of a declaration or member stands in the file at the
// "path" of its package: lines and columns count from 1, columns and "byte" in
// bytes. Constants are texts that their type says how to read. Integers may
// exceed 2^53.
func MarshalIR(s *Schema) ([]byte, error) {
	doc := irDocument{Version: IRVersion, Packages: []irPackage{}}
	for _, p := range s.Packages {
		doc.Packages = append(doc.Packages, writePackage(p))
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, &Fault{err}
	}
	return append(text, '\n'), nil
}

// UnmarshalIR reads what MarshalIR wrote.
func UnmarshalIR(text []byte) (*Schema, error) {
	var doc irDocument
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("not the JSON of `gridc ir`: %w", err)
	}
	switch {
	case doc.Version == 0:
		return nil, errors.New("not the JSON of `gridc ir`: it has no \"gridc_ir\"")
	case doc.Version != IRVersion:
		return nil, fmt.Errorf("version %d of the schema's JSON, and this gridc reads version %d: save it again", doc.Version, IRVersion)
	}
	s, err := readPackages(doc.Packages)
	if err != nil {
		return nil, err
	}
	s.saved = true
	return s, lowerReview(s).table.Validate()
}

type irDocument struct {
	Version  int         `json:"gridc_ir"`
	Packages []irPackage `json:"packages"`
}

type irPackage struct {
	Name     string      `json:"name"`
	Path     string      `json:"path"`
	Root     bool        `json:"root,omitempty"` // named, not only imported
	Doc      []string    `json:"doc,omitempty"`
	Imports  []string    `json:"imports,omitempty"`
	Consts   []irConst   `json:"consts,omitempty"`
	Enums    []irEnum    `json:"enums,omitempty"`
	Messages []irMessage `json:"messages,omitempty"`
	Unions   []irUnion   `json:"unions,omitempty"`
	Errors   []irError   `json:"errors,omitempty"`
	Externs  []irExtern  `json:"externs,omitempty"`
	Services []irService `json:"services,omitempty"`
}

// irInfo is what every declaration and member has.
type irInfo struct {
	Name       string   `json:"name"`
	Go         string   `json:"go"`
	Doc        []string `json:"doc,omitempty"`
	Comment    string   `json:"comment,omitempty"`
	Deprecated string   `json:"deprecated,omitempty"`
	At         irSpan   `json:"at"`
}

type irSpan struct {
	Start irPos `json:"start"`
	End   irPos `json:"end"`
}

type irPos struct {
	Line int `json:"line"`
	Col  int `json:"col"`
	Byte int `json:"byte"`
}

func writePos(p idl.Pos) irPos { return irPos{p.Line, p.Col, p.Offset} }

func (p irPos) read() idl.Pos { return idl.Pos{Offset: p.Byte, Line: p.Line, Col: p.Col} }

type irType struct {
	Kind     string  `json:"kind"`
	Optional bool    `json:"optional,omitempty"`
	Ref      string  `json:"ref,omitempty"`
	Key      *irType `json:"key,omitempty"`
	Elem     *irType `json:"elem,omitempty"`
}

type irReserved struct {
	Ranges [][2]int64 `json:"ranges,omitempty"` // first and last, both reserved
	Names  []string   `json:"names,omitempty"`  // keys and names
}

type irConst struct {
	irInfo
	Type  irType `json:"type"`
	Value string `json:"value"`
	Text  string `json:"text,omitempty"` // as written
}

type irEnum struct {
	irInfo
	Base     string      `json:"base"`
	Values   []irValue   `json:"values"`
	Reserved *irReserved `json:"reserved,omitempty"`
}

type irValue struct {
	irInfo
	Number json.Number `json:"number"`
}

type irMessage struct {
	irInfo
	StringKeys bool        `json:"string_keys,omitempty"`
	Fields     []irField   `json:"fields"`
	Reserved   *irReserved `json:"reserved,omitempty"`
	Limit      int64       `json:"limit,omitempty"` // bytes, encoded
	Recursive  bool        `json:"recursive,omitempty"`
}

// irField is a field or a variant; it has a number or a key.
type irField struct {
	irInfo
	Type   irType `json:"type"`
	Number int    `json:"number,omitempty"`
	Key    string `json:"key,omitempty"`
	Limit  int64  `json:"limit,omitempty"` // entries or bytes
}

type irUnion struct {
	irInfo
	Variants  []irField   `json:"variants"`
	Reserved  *irReserved `json:"reserved,omitempty"`
	Recursive bool        `json:"recursive,omitempty"`
}

// irError has the fields of its body.
type irError struct {
	irMessage
	Code string `json:"code"`
}

type irExtern struct {
	irInfo
	ImportPath string `json:"import_path"`
	TypeName   string `json:"type_name"`
}

type irService struct {
	irInfo
	Subroutes []irSubroute `json:"subroutes,omitempty"`
	Handlers  []irHandler  `json:"handlers"`
	Reserved  *irReserved  `json:"reserved,omitempty"`
}

// irSubroute is a run-time parameter or a fixed text.
type irSubroute struct {
	Param string `json:"param,omitempty"`
	Go    string `json:"go,omitempty"`
	Fixed string `json:"fixed,omitempty"`
}

type irHandler struct {
	irInfo
	ID         uint16   `json:"id"`
	Stream     bool     `json:"stream,omitempty"`
	Request    *irType  `json:"request,omitempty"` // of a stream: its payload
	Response   *irType  `json:"response,omitempty"`
	In         *irFlow  `json:"in,omitempty"`
	Out        *irFlow  `json:"out,omitempty"`
	Errors     []string `json:"errors,omitempty"`
	TimeoutNS  int64    `json:"timeout_ns,omitempty"`
	Priority   string   `json:"priority,omitempty"` // high or low
	Idempotent bool     `json:"idempotent,omitempty"`
	Reuse      bool     `json:"reuse,omitempty"`
}

type irFlow struct {
	Type     irType `json:"type"`
	Capacity int    `json:"capacity"`
	Explicit bool   `json:"explicit,omitempty"` // written down, not the default
}
