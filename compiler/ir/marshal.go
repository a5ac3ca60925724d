package ir

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gridrpc/gridc/compiler/diag"
)

// Version is the version of the JSON that Marshal writes. It grows when the
// meaning of something that is there already changes; what is new and can be
// ignored comes without a new version.
const Version = 1

// Marshal writes a checked schema as JSON: for plug-ins, which see all names
// resolved and all rules kept, and as a baseline for `gridc breaking`.
//
// The document is an object with "gridc_ir", the version, and "packages", a list
// in which imports come first. What is empty, zero or false is left out. Types
// are objects with "kind": the name of a built-in type, or "list" and "map"
// with "elem" and "key", or "enum", "message", "union" and "extern" with "ref",
// the package and the name of the declaration (that of "message" may be an error, which
// as a type is a message), or, of a variant, "none" for no value. "go" is the exported name in Go.
// "annotations" are those of the schema's own that stand at a thing, each with the "name"
// of its declaration, as a "ref" has it, and its "args"; a handler has those of its
// service as well.
// A "ref" begins with the "name" of its package, or with the "ref" of one that shares its
// name. "at" is where the name of a declaration or member stands in the "file" of the
// declaration, or else in the file at the "path" of its package: lines and columns count from 1, columns and "byte" in
// bytes. Constants are texts that their type says how to read. Integers may
// exceed 2^53.
func Marshal(s *Schema) ([]byte, error) {
	text, err := json.MarshalIndent(document{Version, s.Packages}, "", "  ")
	if err != nil {
		return nil, &diag.Fault{Err: err}
	}
	return append(text, '\n'), nil
}

// Unmarshal reads what Marshal wrote.
func Unmarshal(text []byte) (*Schema, error) {
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("not the JSON of `gridc ir`: %w", err)
	}
	switch {
	case doc.Version == 0:
		return nil, errors.New("not the JSON of `gridc ir`: it has no \"gridc_ir\"")
	case doc.Version != Version:
		return nil, fmt.Errorf("version %d of the schema's JSON, and this gridc reads version %d: save it again", doc.Version, Version)
	}
	if err := resolveReferences(doc.Packages); err != nil {
		return nil, err
	}
	s := &Schema{Packages: doc.Packages, Saved: true}
	for _, product := range s.Products() {
		table := LowerAll(s, func(svc *Service) bool { return svc.Product == product })
		if err := table.Validate(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// document is the JSON. What a schema refers to by pointers, it refers to by name: so
// the types that do have a form of their own, see json.go.
type document struct {
	Version  int              `json:"gridc_ir"`
	Packages Listed[*Package] `json:"packages"`
}
