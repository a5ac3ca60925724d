package ir

import (
	"encoding/json"

	"github.com/gridrpc/gridc/idl"
)

// markJSON is a Mark with what refers to its annotation.
type markJSON struct {
	Name string         `json:"name"`
	Args Listed[*Const] `json:"args,omitempty"`
	At   idl.Span       `json:"at"`
}

// MarshalJSON implements json.Marshaler.
func (m *Mark) MarshalJSON() ([]byte, error) {
	return json.Marshal(markJSON{m.Annotation.FullName(), m.Args, m.Span})
}

// FullName is the name of the annotation with its package.
func (a *Annotation) FullName() string {
	if a.Package == nil {
		return a.Name
	}
	return a.Package.ID() + "." + a.Name
}

// UnmarshalJSON reads a mark whose annotation has its full name and nothing else.
func (m *Mark) UnmarshalJSON(text []byte) error {
	var in markJSON
	err := json.Unmarshal(text, &in)
	*m = Mark{Annotation: &Annotation{Info: Info{Name: in.Name}}, Args: in.Args, Span: in.At}
	return err
}
