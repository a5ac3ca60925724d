package check

import (
	"strings"
	"time"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// annotation is one of the closed set of annotations.
type annotation struct {
	name   string
	places site
	usage  string
	arg    string // the name its argument must be given with
	none   bool   // it takes no argument
	// meaning is what it does, for whoever meets it; docs/language.md has more of it.
	meaning string
	// read checks the argument and keeps it; it is false when it is wrong.
	read func(*annoSet, *idl.Lit) bool
	// more are further arguments, by name; with one of them the first may be left out.
	more map[string]func(*annoSet, *idl.Lit) bool
}

var annotations = []annotation{
	{
		name: "deprecated", places: onNamed, usage: "`@deprecated(\"why\")`", read: readDeprecated,
		meaning: "it should no longer be used, and why; the linter and the Go tools report its users",
	},
	{
		name: "limit", places: onLimited, usage: "`@limit(64)`, `@limit(4KiB)` or `@limit(64, each: 1KiB)`", read: readLimit, more: elementLimits,
		meaning: "how long a value may be: bytes of a string, of bytes and of a message, entries of a list or map. Longer ones are refused",
	},
	{
		name: "required", places: onField, usage: "`@required`", none: true, read: readRequired,
		meaning: "it has to be there: not empty, zero or absent. Other requests are refused before the handler, and not sent",
	},
	{
		name: "range", places: onMember, usage: "`@range(min: 1, max: 10)`, or with one of the two", read: readNoRange, more: rangeEnds,
		meaning: "the least and the most that a number or duration may be, also each one of a list or map",
	},
	{
		name: "pattern", places: onMember, usage: "`@pattern(\"^[a-z]+$\")`, a regular expression of Go", read: readPattern,
		meaning: "a regular expression that a string has to match, also each one of a list or map",
	},
	{
		name: "check", places: onMember | onAnnotation, usage: "`@check(\"import/path.Func\")`", read: readCheck,
		meaning: "a Go function that says whether a value may be so; above an annotation it checks all that have that",
	},
	{
		name: "timeout", places: onScheduling, usage: "`@timeout(30s)`", read: readTimeout,
		meaning: "how long a caller waits unless its context has an earlier deadline; of a stream, its whole life",
	},
	{
		name: "priority", places: onScheduling, usage: "`@priority(high)`, `(normal)` or `(low)`", read: readPriority,
		meaning: "the priority of its messages",
	},
	{
		name: "idempotent", places: onRPC, usage: "`@idempotent`", none: true, read: readIdempotent,
		meaning: "it may run twice: the client retries after a lost connection, within the same deadline",
	},
	{
		name: "reuse", places: onHandler, usage: "`@reuse`", none: true, read: readReuse,
		meaning: "its request and response are pooled: the handler must not keep them",
	},
	{
		name: "go", places: onNamed, usage: "`@go(name: \"X\")`", arg: "name", read: readGoName,
		meaning: "another name in Go; it is not on the wire",
	},
	{
		name: "json", places: onMember, usage: "`@json(name: \"x\")`", arg: "name", read: readJSONName,
		meaning: "another name in JSON",
	},
	{
		name: "keep", places: onMessage | onUnion | onError, usage: "`@keep`", none: true, read: readKeep,
		meaning: "fields that this build does not know are kept, and sent on",
	},
	{
		name: "sorted", places: onMessage | onUnion | onError | onMember, usage: "`@sorted`", none: true, read: readSorted,
		meaning: "maps are written in the order of their keys: equal values are equal bytes",
	},
	{
		name: "tuple", places: onMessage, usage: "`@tuple`", none: true, read: readTuple,
		meaning: "an array on the wire, without numbers: nothing can be left out",
	},
	{
		name: "secret", places: onMember, usage: "`@secret`", none: true, read: readSecret,
		meaning: "its value is not shown in logs and texts",
	},
	{
		name: "product", places: onService, usage: "`@product(\"billing\")`", read: readProduct,
		meaning: "no node serves services of two products: only the handler ids of one product have to be different",
	},
}

func annotationNames() []string {
	var names []string
	for _, a := range annotations {
		names = append(names, a.name)
	}
	return names
}

func findAnnotation(name string) *annotation {
	for i := range annotations {
		if annotations[i].name == name {
			return &annotations[i]
		}
	}
	return nil
}

// annoSet is the sound annotations of one thing.
type annoSet struct {
	seen       map[string]idl.Span // also those whose arguments are wrong
	deprecated string
	limit      int64
	each, key  int64 // limits on elements or values, and on keys
	timeout    time.Duration
	noTimeout  bool
	priority   ir.Priority
	idempotent bool
	reuse      bool
	goName     string
	jsonName   string
	secret     bool
	product    string
	tuple      bool
	keep       bool
	sorted     bool
	required   bool
	least      *idl.Lit // of @range, nil where it has no such end
	most       *idl.Lit
	pattern    string
	check      *ir.GoFunc

	own   map[*ir.Annotation]idl.Span // those that a file declares
	marks []*ir.Mark                  // the same, as far as they are sound
}

// has reports whether the annotation was written.
func (set annoSet) has(name string) bool { return !set.seen[name].IsZero() }

// annos checks the annotations at a site.
func (c *checker) annos(written []*idl.Anno, at site) annoSet {
	var set annoSet
	if len(written) > 0 {
		set.seen = make(map[string]idl.Span)
	}
	for _, w := range written {
		a := findAnnotation(w.Name.Name)
		switch {
		case w.Package != nil || a == nil && c.isOwn(w):
			c.ownAnno(&set, w, at)
		case a == nil:
			c.unknownAnno(w)
		case a.places&at == 0:
			c.report("annotation-misplaced", w.Span, "`@%s` does not belong here", a.name).
				Help("it is for %s", a.places.describe())
		case set.has(a.name):
			c.report("annotation-duplicate", w.Span, "`@%s` is given twice", a.name).
				Also(set.seen[a.name], "first given here")
		default:
			set.seen[a.name] = w.Span
			c.argument(&set, a, w)
		}
	}
	return set
}

// isOwn reports whether the file that is checked declares something of that name, or tried
// to.
func (c *checker) isOwn(w *idl.Anno) bool {
	s := c.current.in
	return s.scope[w.Name.Name] != nil || s.isBroken(w.Name.Name)
}

func (c *checker) unknownAnno(w *idl.Anno) {
	f := c.report("annotation-unknown", w.Span, "there is no annotation `@%s`", w.Name.Name)
	names := append(annotationNames(), ownNames(c.current.in)...)
	if !meant(f, "@", w.Name, names) {
		f.Help("the annotations are @%s", strings.Join(names, ", @"))
	}
}

// argument checks what stands in the parentheses.
func (c *checker) argument(set *annoSet, a *annotation, w *idl.Anno) {
	if a.none {
		if len(w.Args) > 0 {
			c.surplusArgument(a, w)
			return
		}
		a.read(set, nil)
		return
	}
	if len(w.Args) == 0 {
		c.report("annotation-argument", w.Span, "`@%s` is written %s", a.name, a.usage)
		return
	}
	given := make(map[string]bool)
	for _, arg := range w.Args {
		name := argName(arg)
		read, known := a.more[name]
		if name == a.arg {
			read, known = a.read, true
		}
		if !known || given[name] || a.more == nil && len(w.Args) > 1 {
			c.wrongArgument(a, w, arg)
			return
		}
		given[name] = true
		if value, ok := c.constantIn(a, arg.Value); ok && !read(set, value) {
			c.wrongArgument(a, w, arg)
			return
		}
	}
}

func (c *checker) wrongArgument(a *annotation, w *idl.Anno, arg *idl.Arg) {
	if a.more == nil && len(w.Args) > 1 {
		c.report("annotation-argument", w.Span, "`@%s` is written %s", a.name, a.usage)
		return
	}
	f := c.report("annotation-argument", arg.Span, "`@%s` is written %s", a.name, a.usage)
	c.helpArgument(f, a, arg)
}

// surplusArgument reports an argument where none belongs. One that says no is no
// ornament: the annotation is what has to go.
func (c *checker) surplusArgument(a *annotation, w *idl.Anno) {
	f := c.report("annotation-argument", w.Span, "`@%s` takes no argument", a.name).
		Help("its presence means yes; leave it out for no")
	if len(w.Args) == 1 && w.Args[0].Name == nil && w.Args[0].Value.Str == "true" && w.Args[0].Value.Kind == idl.LitIdent {
		f.Fix("remove it", w.Span, "@"+a.name)
		return
	}
	f.Fix("remove the argument", w.Span, "@"+a.name).Guess(false)
}

func (c *checker) helpArgument(f diag.Finding, a *annotation, arg *idl.Arg) {
	lit := arg.Value
	switch {
	case lit == nil:
	case a.name == "timeout" && lit.Int == 0 && (lit.Kind == idl.LitDuration || lit.Kind == idl.LitInt):
		f.Help("a timeout is longer than 0; `@timeout(none)` at a handler removes the timeout of the service")
	case a.name == "timeout" && lit.Kind == idl.LitInt && lit.Int > 0 && !lit.Big:
		f.Help("a duration has a unit: `%ss` or `%sms`", lit.Text, lit.Text)
		for _, unit := range []string{"s", "ms"} {
			f.Fix("write `"+lit.Text+unit+"`", lit.Span, lit.Text+unit).Guess(false)
		}
	case a.name == "limit" && a.more[argName(arg)] == nil && arg.Name != nil:
		f.Help("beside the limit itself there are `each:`, of elements or values, and `key:`, of keys of a map")
	case a.name == "pattern" && lit.Kind == idl.LitString:
		f.Help("%s", patternFault(lit.Str))
	case a.name == "check" && lit.Kind == idl.LitString:
		f.Help("it is called with the value, and returns an error")
	case a.name == "limit":
		f.Help("a limit is 1 to %d", int64(maxLimit))
	case a.arg != "" && arg.Name != nil && argName(arg) != a.arg:
		if strings.EqualFold(argName(arg), a.arg) {
			f.Fix("write `"+a.arg+"`", arg.Name.Span, a.arg)
		}
	case a.name == "go" && lit.Kind == idl.LitString && goname.IsExportedIdent(lit.Str):
		f.Fix("name the argument", diag.Before(arg.Span), "name: ")
	case a.name == "json" && lit.Kind == idl.LitString && isJSONName(lit.Str):
		f.Fix("name the argument", diag.Before(arg.Span), "name: ")
	case a.name == "json":
		f.Help("a name in JSON is letters, digits and punctuation, without spaces, quotes, commas and `\\`; `-` leaves the field out")
	case a.name == "product":
		f.Help("the name of a product is quoted: letters, digits, `_`, `-` and `.`, at most %d", maxKey)
	case a.name == "go":
		f.Help("an exported Go name starts with an upper-case letter and has letters, digits and `_`")
	}
}

func argName(arg *idl.Arg) string {
	if arg.Name == nil {
		return ""
	}
	return arg.Name.Name
}
