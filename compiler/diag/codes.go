package diag

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/gridrpc/gridc/idl"
)

type (
	// Code explains one diagnostic id.
	Code = idl.Code
	// Example is a set of .grid files that shows it.
	Example = idl.Example
)

// MainFile is the name of the first file of an example.
const MainFile = idl.MainFile

//go:embed codes.txt
var codesText string

//go:embed codes_breaking.txt
var breakingCodesText string

var allCodes = sync.OnceValue(func() []Code {
	codes := slices.Concat(idl.ParseCodes(codesText), idl.ParseCodes(breakingCodesText), idl.Codes())
	slices.SortFunc(codes, func(a, b Code) int {
		return cmp.Or(cmp.Compare(Family(a.ID), Family(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return codes
})

// Codes are all diagnostic ids with their explanations, those of the parser
// included: errors first, then each family, in alphabetical order.
func Codes() []Code { return slices.Clone(allCodes()) }

// ChangeCodes are those of Codes that changes between two revisions have, and the
// files that accept them, in the order in which they are listed.
func ChangeCodes() []Code { return idl.ParseCodes(breakingCodesText) }

// Family is what stands before the `/` of an id; errors have none.
func Family(id string) string {
	before, _, found := strings.Cut(id, "/")
	if !found {
		return ""
	}
	return before
}

// Explain finds the explanation of an id; with an unknown one it gives the id
// that comes nearest, which may be empty.
func Explain(id string) (code Code, near string, ok bool) {
	var ids []string
	for _, c := range allCodes() {
		if c.ID == id {
			return c, "", true
		}
		ids = append(ids, c.ID)
	}
	return Code{}, idl.Nearest(id, ids), false
}
