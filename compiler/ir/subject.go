package ir

import (
	"strconv"
)

// HasMember reports whether the package declares the name, and that has the
// member, when one is given.
func (p *Package) HasMember(name string, member []string) bool {
	r := &Revision{Decls: map[string]*DeclarationOf{}}
	r.declare(p)
	if d := r.Decls[p.Name+"."+name]; d != nil {
		return len(member) == 0 || d.hasMember(member[0])
	}
	for _, svc := range p.Services {
		if svc.Name == name {
			return len(member) == 0 || svc.hasMember(member[0])
		}
	}
	return false
}

func (d *DeclarationOf) hasMember(member string) bool {
	fields := FieldsOf(d.Target)
	switch t := d.Target.(type) {
	case *Error:
		fields = t.Body.Fields
	case *Enum:
		for _, v := range t.Values {
			if strconv.FormatInt(v.Number, 10) == member {
				return true
			}
		}
	}
	for _, f := range fields {
		if f.Member() == member {
			return true
		}
	}
	return false
}

// hasMember reports whether the service has a handler, or reserves a handler id.
func (svc *Service) hasMember(member string) bool {
	for _, h := range svc.Handlers {
		if h.Name == member {
			return true
		}
	}
	id, err := strconv.ParseInt(member, 10, 64)
	for _, r := range svc.Reserved.Ranges {
		if err == nil && r.From <= id && id <= r.To {
			return true
		}
	}
	return false
}
