package schema

import (
	"errors"
	"fmt"
	"math"
)

// Validate reports the first reason why t is not sound. The other functions of this
// package, except [Append] and [Decode], need a sound table.
func (t *Table) Validate() error {
	for i := range t.Shapes {
		if err := t.validShape(&t.Shapes[i]); err != nil {
			return fmt.Errorf("shape %d: %w", i, err)
		}
	}
	for i := range t.Handlers {
		h := &t.Handlers[i]
		if i > 0 && t.Handlers[i-1].ID >= h.ID {
			return fmt.Errorf("handler %d is not in ascending order", h.ID)
		}
		if err := t.validHandler(h); err != nil {
			return fmt.Errorf("handler %d: %w", h.ID, err)
		}
	}
	return nil
}

func (t *Table) validShape(s *Shape) error {
	switch s.Kind {
	case Extern:
		return nil
	case Enum:
		if !s.Base.IsInteger() {
			return fmt.Errorf("enum of %v", s.Base)
		}
		return nil
	case Message, Union:
		return t.validFields(s)
	default:
		return fmt.Errorf("shape of %v", s.Kind)
	}
}

func (t *Table) validFields(s *Shape) error {
	seen := make(map[member]bool, len(s.Fields))
	for i := range s.Fields {
		f := &s.Fields[i]
		id := f.member()
		if seen[id] {
			return fmt.Errorf("field %v twice", id)
		}
		seen[id] = true
		switch {
		case (f.Key != "") != (s.Fields[0].Key != ""):
			return errors.New("both numbers and string keys")
		case s.Kind == Union && f.Key != "":
			return errors.New("union with string keys")
		case s.Tuple && (s.Kind == Union || f.Key != "" || f.Number < 1 || f.Number > math.MaxUint16):
			return fmt.Errorf("tuple with a field %v", id)
		case f.Number < 0:
			return fmt.Errorf("field number %d", f.Number)
		}
		if err := t.validType(&f.Type, 0); err != nil {
			return fmt.Errorf("field %v: %w", id, err)
		}
	}
	return nil
}

func (t *Table) validType(ty *Type, depth int) error {
	switch {
	case ty == nil:
		return errors.New("type is missing")
	case depth > maxTypeDepth:
		return errors.New("type nests too deep")
	case ty.Kind.scalar():
		return nil
	case ty.Kind == List:
		return t.validType(ty.Elem, depth+1)
	case ty.Kind == Map:
		return t.validMap(ty, depth)
	case !ty.Kind.valid():
		return fmt.Errorf("type of %v", ty.Kind)
	}
	if ty.Shape < 0 || ty.Shape >= len(t.Shapes) || t.Shapes[ty.Shape].Kind != ty.Kind {
		return fmt.Errorf("shape %d is not a known %v", ty.Shape, ty.Kind)
	}
	return nil
}

func (t *Table) validMap(ty *Type, depth int) error {
	if ty.Key == nil || ty.Key.Kind != String && !ty.Key.Kind.IsInteger() {
		return errors.New("map key is neither a string nor an integer")
	}
	return t.validType(ty.Elem, depth+1)
}

func (t *Table) validHandler(h *Handler) error {
	if h.ID == 0 {
		return errors.New("id 0 is not allowed")
	}
	for _, ty := range []*Type{h.Request, h.Response, h.In, h.Out} {
		if ty == nil {
			continue
		}
		if err := t.validType(ty, 0); err != nil {
			return err
		}
	}
	for _, e := range h.Errors {
		if e.Shape < 0 || e.Shape >= len(t.Shapes) || t.Shapes[e.Shape].Kind != Message {
			return fmt.Errorf("error %s has no message", quote(e.Code))
		}
	}
	return validFlow(h)
}

func validFlow(h *Handler) error {
	switch {
	case !h.Stream && (h.In != nil || h.Out != nil):
		return errors.New("both an rpc and a stream")
	case h.Stream && h.Response != nil && (h.In == nil || h.Out != nil):
		return errors.New("a stream with a response, and not with in alone")
	case h.In != nil && !validCapacity(h.InCapacity), h.Out != nil && !validCapacity(h.OutCapacity):
		return fmt.Errorf("capacity is not in 1…%d", math.MaxUint16)
	}
	return nil
}

func validCapacity(n int) bool { return n >= 1 && n <= math.MaxUint16 }
