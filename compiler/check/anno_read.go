package check

import (
	"math"
	"strings"
	"time"

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

func readLimit(set *annoSet, lit *idl.Lit) bool {
	if lit.Kind != idl.LitInt || lit.Big || lit.Int < 1 || lit.Int > maxLimit {
		return false
	}
	set.limit = lit.Int
	return true
}

func readTimeout(set *annoSet, lit *idl.Lit) bool {
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

// checkLimit reports an @limit at a type that has no size.
func (c *checker) checkLimit(t *ir.Type, set annoSet) {
	if t == nil || !set.has("limit") {
		return
	}
	switch t.Kind {
	case ir.String, ir.Bytes, ir.List, ir.Map:
		return
	}
	c.report("annotation-misplaced", set.seen["limit"], "`@limit` does not fit %s", t.Describe()).
		Help("it is for strings, bytes, lists, maps and messages")
}
