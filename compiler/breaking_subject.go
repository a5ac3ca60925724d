package compiler

import (
	"strconv"
	"strings"
)

// HasSubject reports whether a change can be about what a subject names in the
// schema: a package, a declaration of it, or a member of that, such as
// "storage.DiskInfo.4" or "storage.Storage.Get/request".
func HasSubject(s *Schema, subject string) bool {
	subject, _, _ = strings.Cut(subject, "/")
	parts := strings.SplitN(subject, ".", 3)
	for _, p := range s.Packages {
		switch {
		case p.Name != parts[0]:
		case len(parts) == 1:
			return true
		default:
			return p.hasMember(parts[1], parts[2:])
		}
	}
	return false
}

// hasMember reports whether the package declares the name, and that has the
// member, when one is given.
func (p *Package) hasMember(name string, member []string) bool {
	r := &revision{decls: map[string]*declarationOf{}}
	r.declare(p)
	if d := r.decls[p.Name+"."+name]; d != nil {
		return len(member) == 0 || d.hasMember(member[0])
	}
	for _, svc := range p.Services {
		if svc.Name == name {
			return len(member) == 0 || svc.hasMember(member[0])
		}
	}
	return false
}

func (d *declarationOf) hasMember(member string) bool {
	fields := fieldsOf(d.target)
	switch t := d.target.(type) {
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
		if f.member() == member {
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
