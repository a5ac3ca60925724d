package idl

// rowKind says how the formatter lays a line out.
type rowKind uint8

const (
	rowSingle    rowKind = iota // one text
	rowField                    // name, type, key, annotations
	rowValue                    // name, number, annotations
	rowReserved                 // keyword, the rest
	rowHandler                  // one text, in a service
	rowClause                   // keyword and capacity, the rest
	rowAnno                     // an annotation on its own line
	rowSpec                     // alias, path
	rowOpenGroup                // `import (`
	rowClose                    // a closing brace or parenthesis
	rowVerbatim                 // as it stands in the source
)

// row is one line of the canonical form: the tokens from index from up to to.
type row struct {
	kind     rowKind
	from, to int
	opens    bool // it ends with an opening brace
	bad      bool // it is left as it is
}
