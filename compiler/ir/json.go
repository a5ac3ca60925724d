package ir

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Listed is a list that is [] in JSON when it is empty, never null, and that holds no null.
type Listed[T comparable] []T

// MarshalJSON implements json.Marshaler.
func (l Listed[T]) MarshalJSON() ([]byte, error) {
	if len(l) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *Listed[T]) UnmarshalJSON(text []byte) error {
	var none T
	err := json.Unmarshal(text, (*[]T)(l))
	if err == nil && slices.Contains(*l, none) {
		err = errors.New("null where a declaration or member is due")
	}
	return err
}

// Imports are packages, in JSON their names.
type Imports []*Package

// MarshalJSON implements json.Marshaler.
func (l Imports) MarshalJSON() ([]byte, error) {
	return marshalNames(l, func(p *Package) string { return p.ID() })
}

// UnmarshalJSON reads packages that have a name and nothing else.
func (l *Imports) UnmarshalJSON(text []byte) error {
	return unmarshalNames((*[]*Package)(l), text, func(name string) *Package { return &Package{Name: name} })
}

// ErrorRefs are errors, in JSON their names with their packages.
type ErrorRefs []*Error

// MarshalJSON implements json.Marshaler.
func (l ErrorRefs) MarshalJSON() ([]byte, error) {
	return marshalNames(l, func(e *Error) string { return e.Package.ID() + "." + e.Name })
}

// UnmarshalJSON reads errors that have their full name and nothing else.
func (l *ErrorRefs) UnmarshalJSON(text []byte) error {
	return unmarshalNames((*[]*Error)(l), text, func(name string) *Error { return &Error{Info: Info{Name: name}} })
}

func marshalNames[T any](list []T, name func(T) string) ([]byte, error) {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = name(v)
	}
	return json.Marshal(names)
}

func unmarshalNames[T any](list *[]T, text []byte, named func(string) T) error {
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return err
	}
	for _, name := range names {
		*list = append(*list, named(name))
	}
	return nil
}

// kindNamed is the kind that JSON names; 0 when it names none.
func kindNamed(name string) (Kind, error) {
	k := kindsByName[name]
	if k == 0 && name != "" {
		return 0, fmt.Errorf("there is no kind of type %q", name)
	}
	return k, nil
}

// MarshalText implements encoding.TextMarshaler. Normal is left out.
func (p Priority) MarshalText() ([]byte, error) {
	if p == High {
		return []byte("high"), nil
	}
	return []byte("low"), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Priority) UnmarshalText(text []byte) error {
	switch string(text) {
	case "high":
		*p = High
	case "low":
		*p = Low
	default:
		return fmt.Errorf("there is no priority %q", text)
	}
	return nil
}

// MarshalJSON implements json.Marshaler: first and last.
func (r Range) MarshalJSON() ([]byte, error) { return json.Marshal([2]int64{r.From, r.To}) }

// UnmarshalJSON implements json.Unmarshaler.
func (r *Range) UnmarshalJSON(text []byte) error {
	var ends [2]int64
	err := json.Unmarshal(text, &ends)
	r.From, r.To = ends[0], ends[1]
	return err
}

// IsZero reports whether nothing is reserved.
func (r Reserved) IsZero() bool { return len(r.Ranges) == 0 && len(r.Names) == 0 }

// typeJSON is a Type that names what it refers to.
type typeJSON struct {
	Kind     string `json:"kind"`
	Optional bool   `json:"optional,omitempty"`
	Sorted   bool   `json:"sorted,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Key      *Type  `json:"key,omitempty"`
	Elem     *Type  `json:"elem,omitempty"`
}

// noneName is the kind of a variant without a value.
const noneName = "none"

// MarshalJSON implements json.Marshaler.
func (t *Type) MarshalJSON() ([]byte, error) {
	if t.Kind == None {
		return json.Marshal(typeJSON{Kind: noneName})
	}
	out := typeJSON{Kind: t.Kind.String(), Optional: t.Optional, Sorted: t.Sorted, Key: t.Key, Elem: t.Elem}
	if t.Package != nil {
		out.Ref = t.Package.ID() + "." + t.DeclName()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads a type whose declaration has its full name and nothing else.
func (t *Type) UnmarshalJSON(text []byte) error {
	var in typeJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if in.Kind == noneName {
		*t = Type{Kind: None}
		return nil
	}
	kind, err := kindNamed(in.Kind)
	if err != nil {
		return err
	}
	*t = Type{Kind: kind, Optional: in.Optional, Sorted: in.Sorted, Key: in.Key, Elem: in.Elem}
	known, named := kind != 0, Info{Name: in.Ref}
	switch kind {
	case List:
		known = in.Elem != nil
	case Map:
		known = in.Elem != nil && in.Key != nil
	case EnumKind:
		t.Enum = &Enum{Info: named}
	case MessageKind:
		t.Message = &Message{Info: named}
	case UnionKind:
		t.Union = &Union{Info: named}
	case ExternKind:
		t.Extern = &Extern{Info: named}
	}
	if !known {
		return fmt.Errorf("there is no %s %q", in.Kind, in.Ref)
	}
	return nil
}

// constJSON is a Const whose value is a text that its type says how to read.
type constJSON struct {
	Info
	Type  *Type  `json:"type"`
	Value string `json:"value"`
	Text  string `json:"text,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (c *Const) MarshalJSON() ([]byte, error) {
	return json.Marshal(constJSON{c.Info, c.Type, c.valueText(), c.Text})
}

// valueText is the value as its type reads it.
func (c *Const) valueText() string {
	switch c.Type.Kind {
	case String:
		return c.Str
	case Bool:
		return strconv.FormatBool(c.Bool)
	case Float32, Float64:
		return strconv.FormatFloat(c.Float, 'g', -1, 64)
	}
	return integerText(c.Int, c.Big)
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Const) UnmarshalJSON(text []byte) (err error) {
	var in constJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*c = Const{Info: in.Info, Type: in.Type, Text: in.Text}
	if c.Type == nil {
		return fmt.Errorf("const %s has no type", c.Name)
	}
	switch c.Type.Kind {
	case String:
		c.Str = in.Value
	case Bool:
		c.Bool, err = strconv.ParseBool(in.Value)
	case Float32, Float64:
		c.Float, err = strconv.ParseFloat(in.Value, 64)
	default:
		c.Int, c.Big, err = parseInteger(in.Value)
	}
	if err != nil {
		return fmt.Errorf("const %s: %w", c.Name, err)
	}
	return nil
}

// integerText is the text of an integer; a big one is the bit pattern of a uint64.
func integerText(n int64, big bool) string {
	if big {
		return strconv.FormatUint(uint64(n), 10)
	}
	return strconv.FormatInt(n, 10)
}

// parseInteger reads an integer; big ones fit uint64 only.
func parseInteger(text string) (n int64, big bool, err error) {
	if n, err = strconv.ParseInt(text, 10, 64); err == nil {
		return n, false, nil
	}
	u, err := strconv.ParseUint(text, 10, 64)
	return int64(u), true, err // fits: big says that these are the bits of a uint64
}

// enumJSON is an Enum whose numbers are as its base reads them.
type enumJSON struct {
	Info
	Base     string             `json:"base"`
	Values   Listed[*valueJSON] `json:"values"`
	Reserved Reserved           `json:"reserved,omitzero"`
}

type valueJSON struct {
	Info
	Number json.Number `json:"number"`
}

// MarshalJSON implements json.Marshaler.
func (e *Enum) MarshalJSON() ([]byte, error) {
	out := enumJSON{Info: e.Info, Base: e.Base.String(), Reserved: e.Reserved}
	for _, v := range e.Values {
		out.Values = append(out.Values, &valueJSON{v.Info, json.Number(integerText(v.Number, e.Base == Uint64))})
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Enum) UnmarshalJSON(text []byte) error {
	var in enumJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	base, err := kindNamed(in.Base)
	if err != nil {
		return err
	}
	*e = Enum{Info: in.Info, Base: base, Reserved: in.Reserved}
	if !base.IsInteger() {
		return fmt.Errorf("enum %s of %q", e.Name, in.Base)
	}
	for _, v := range in.Values {
		n, _, err := parseInteger(v.Number.String())
		if err != nil {
			return fmt.Errorf("value %s.%s: %w", e.Name, v.Name, err)
		}
		e.Values = append(e.Values, &EnumValue{Info: v.Info, Number: n})
	}
	return nil
}

// errorJSON is an Error with the fields of its body.
type errorJSON struct {
	Message
	Code string `json:"code"`
}

// MarshalJSON implements json.Marshaler.
func (e *Error) MarshalJSON() ([]byte, error) {
	out := errorJSON{*e.Body, e.Code}
	out.Info = e.Info
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Error) UnmarshalJSON(text []byte) error {
	var in errorJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*e = Error{Info: in.Info, Code: in.Code, Body: &in.Message}
	e.Body.Error = e
	return nil
}
