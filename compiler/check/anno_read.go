package check

import (
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// maxLimit is the largest @limit: the largest count or length that msgpack has.
const maxLimit = math.MaxUint32

func readDeprecated(set *annoSet, lit *idl.Lit) bool {
	set.deprecated = strings.TrimSpace(lit.Str)
	return lit.Kind == idl.LitString && set.deprecated != ""
}

func readLimit(set *annoSet, lit *idl.Lit) bool { return readCount(&set.limit, lit) }

func readCount(limit *int64, lit *idl.Lit) bool {
	if lit.Kind != idl.LitInt || lit.Big || lit.Int < 1 || lit.Int > maxLimit {
		return false
	}
	*limit = lit.Int
	return true
}

// noTimeout leaves out the timeout of the service at a handler.
const noTimeout = "none"

func readTimeout(set *annoSet, lit *idl.Lit) bool {
	if lit.Kind == idl.LitIdent && lit.Str == noTimeout {
		set.noTimeout = true
		return true
	}
	if lit.Kind != idl.LitDuration || lit.Int <= 0 {
		return false
	}
	set.timeout = time.Duration(lit.Int)
	return true
}

func readPriority(set *annoSet, lit *idl.Lit) bool {
	lanes := map[string]ir.Priority{"high": ir.High, "normal": ir.Normal, "low": ir.Low}
	lane, ok := lanes[lit.Str]
	set.priority = lane
	return ok && lit.Kind == idl.LitIdent
}

func readIdempotent(set *annoSet, _ *idl.Lit) bool {
	set.idempotent = true
	return true
}

func readReuse(set *annoSet, _ *idl.Lit) bool {
	set.reuse = true
	return true
}

func readGoName(set *annoSet, lit *idl.Lit) bool {
	if lit.Kind != idl.LitString || !goname.IsExportedIdent(lit.Str) {
		return false
	}
	set.goName = lit.Str
	return true
}

func readJSONName(set *annoSet, lit *idl.Lit) bool {
	if lit.Kind != idl.LitString || !isJSONName(lit.Str) {
		return false
	}
	set.jsonName = lit.Str
	return true
}

// isJSONName reports whether encoding/json takes a name from a struct tag as it is.
func isJSONName(name string) bool {
	return name != "" && len(name) <= maxKey && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func readKeep(set *annoSet, _ *idl.Lit) bool {
	set.keep = true
	return true
}

func readSorted(set *annoSet, _ *idl.Lit) bool {
	set.sorted = true
	return true
}

func readTuple(set *annoSet, _ *idl.Lit) bool {
	set.tuple = true
	return true
}

func readSecret(set *annoSet, _ *idl.Lit) bool {
	set.secret = true
	return true
}

func readProduct(set *annoSet, lit *idl.Lit) bool {
	set.product = lit.Str
	return lit.Kind == idl.LitString && isProductName(lit.Str)
}

func isProductName(name string) bool {
	return name != "" && len(name) <= maxKey && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("_-.", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// checkLimit reports an @limit at a type that has no size, or no such parts.
func (c *checker) checkLimit(t *ir.Type, set annoSet) {
	if t == nil || !set.has("limit") {
		return
	}
	misplaced := func(what, wants string, t *ir.Type) {
		c.report("annotation-misplaced", set.seen["limit"], "%s does not fit %s", what, t.Describe()).Help("it is for %s", wants)
	}
	isCollection := t.Kind == ir.List || t.Kind == ir.Map
	switch {
	case !sized(t) && (set.limit > 0 || set.each == 0 && set.key == 0):
		misplaced("`@limit`", "strings, bytes, lists, maps and messages", t)
	case set.each > 0 && !isCollection:
		misplaced("`each`", "the elements of lists and the values of maps", t)
	case set.each > 0 && !sized(t.Elem):
		misplaced("`each`", "strings, bytes, lists and maps in lists and maps", t.Elem)
	case set.key > 0 && (t.Kind != ir.Map || t.Key.Kind != ir.String):
		misplaced("`key`", "the keys of maps that are strings", t)
	}
}

// sized reports whether a type has a size that can be limited.
func sized(t *ir.Type) bool {
	return t.Kind == ir.String || t.Kind == ir.Bytes || t.Kind == ir.List || t.Kind == ir.Map
}

// elementLimits are the limits on the parts of a list or map.
var elementLimits = map[string]func(*annoSet, *idl.Lit) bool{
	"each": func(set *annoSet, lit *idl.Lit) bool { return readCount(&set.each, lit) },
	"key":  func(set *annoSet, lit *idl.Lit) bool { return readCount(&set.key, lit) },
}

// constantIn is the literal that an argument stands for: the value of a constant where
// the annotation takes a number. It is false for a name that means no constant, which
// was reported.
func (c *checker) constantIn(a *annotation, lit *idl.Lit) (*idl.Lit, bool) {
	if a.name != "limit" && a.name != "range" || lit.Kind != idl.LitIdent || lit.Ref == nil {
		return lit, true
	}
	value := c.constant(lit.Ref)
	return value, value != nil
}
