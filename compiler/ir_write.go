package compiler

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// kindNames are the kinds as JSON has them.
var kindNames = func() map[Kind]string {
	names := map[Kind]string{
		List: "list", Map: "map", EnumKind: "enum", MessageKind: "message", UnionKind: "union", ExternKind: "extern",
	}
	for name, kind := range builtinKinds {
		names[kind] = name
	}
	return names
}()

var priorityWords = map[Priority]string{High: "high", Low: "low"}

// mapped writes every element of a list.
func mapped[T, J any](list []T, write func(T) J) []J {
	out := make([]J, len(list))
	for i, v := range list {
		out[i] = write(v)
	}
	return out
}

func writePackage(p *Package) irPackage {
	return irPackage{
		Name: p.Name, Path: p.Path, Root: p.Root, Doc: p.Doc,
		Imports:  mapped(p.Imports, func(p *Package) string { return p.Name }),
		Consts:   mapped(p.Consts, writeConst),
		Enums:    mapped(p.Enums, writeEnum),
		Messages: mapped(p.Messages, writeMessage),
		Unions:   mapped(p.Unions, writeUnion),
		Errors:   mapped(p.Errors, writeError),
		Externs: mapped(p.Externs, func(x *Extern) irExtern {
			return irExtern{writeInfo(&x.Info), x.ImportPath, x.TypeName}
		}),
		Services: mapped(p.Services, writeService),
	}
}

func writeInfo(i *Info) irInfo {
	at := irSpan{writePos(i.Span.Start), writePos(i.Span.End)}
	return irInfo{i.Name, i.GoName, i.Doc, i.Comment, i.Deprecated, at}
}

func writeType(t *Type) irType {
	out := irType{Kind: kindNames[t.Kind], Optional: t.Optional}
	if t.Package != nil {
		out.Ref = t.Package.Name + "." + t.declName()
	}
	out.Key, out.Elem = writeOptional(t.Key), writeOptional(t.Elem)
	return out
}

func writeOptional(t *Type) *irType {
	if t == nil {
		return nil
	}
	out := writeType(t)
	return &out
}

func writeReserved(r Reserved) *irReserved {
	if len(r.Ranges) == 0 && len(r.Names) == 0 {
		return nil
	}
	return &irReserved{mapped(r.Ranges, func(r Range) [2]int64 { return [2]int64{r.From, r.To} }), r.Names}
}

func writeConst(c *Const) irConst {
	return irConst{irInfo: writeInfo(&c.Info), Type: writeType(c.Type), Value: c.valueText(), Text: c.Text}
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
	if c.Big {
		return strconv.FormatUint(uint64(c.Int), 10)
	}
	return strconv.FormatInt(c.Int, 10)
}

func writeEnum(e *Enum) irEnum {
	return irEnum{writeInfo(&e.Info), kindNames[e.Base], mapped(e.Values, func(v *EnumValue) irValue {
		number := strconv.FormatInt(v.Number, 10)
		if e.Base == Uint64 {
			number = strconv.FormatUint(uint64(v.Number), 10)
		}
		return irValue{writeInfo(&v.Info), json.Number(number)}
	}), writeReserved(e.Reserved)}
}

func writeFields(fields []*Field) []irField {
	return mapped(fields, func(f *Field) irField {
		return irField{writeInfo(&f.Info), writeType(f.Type), f.Number, f.Key, f.Limit}
	})
}

func writeMessage(m *Message) irMessage {
	return irMessage{writeInfo(&m.Info), m.StringKeys, writeFields(m.Fields), writeReserved(m.Reserved), m.SizeLimit, m.Recursive}
}

func writeUnion(u *Union) irUnion {
	return irUnion{writeInfo(&u.Info), writeFields(u.Variants), writeReserved(u.Reserved), u.Recursive}
}

func writeError(e *Error) irError {
	body := writeMessage(e.Body)
	body.irInfo = writeInfo(&e.Info)
	return irError{body, e.Code}
}

func writeService(svc *Service) irService {
	return irService{
		irInfo:    writeInfo(&svc.Info),
		Subroutes: mapped(svc.Subroutes, func(s Subroute) irSubroute { return irSubroute{s.Param, s.GoName, s.Fixed} }),
		Handlers:  mapped(svc.Handlers, writeHandler),
		Reserved:  writeReserved(svc.Reserved),
	}
}

func writeHandler(h *Handler) irHandler {
	return irHandler{
		irInfo: writeInfo(&h.Info), ID: h.ID, Stream: h.Stream,
		Request: writeOptional(h.Request), Response: writeOptional(h.Response),
		In: writeFlow(h.In), Out: writeFlow(h.Out),
		Errors:     mapped(h.Errors, func(e *Error) string { return fmt.Sprintf("%s.%s", e.Package.Name, e.Name) }),
		TimeoutNS:  int64(h.Timeout),
		Priority:   priorityWords[h.Priority],
		Idempotent: h.Idempotent, Reuse: h.Reuse,
	}
}

func writeFlow(f *Flow) *irFlow {
	if f == nil {
		return nil
	}
	return &irFlow{writeType(f.Type), f.Capacity, f.Explicit}
}
