package idl

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar, one small struct per line that a file can hold. The driver in
// parse.go cuts the lines and parses annotations and blocks on its own.
type (
	packageLine struct {
		Name lexer.Token `parser:"'package' @Ident"`
		More []*nameExpr `parser:"( '.' @@ )*"`
	}
	nameExpr struct {
		Name lexer.Token `parser:"@Ident"`
	}
	importSpec struct {
		Alias lexer.Token `parser:"@Ident?"`
		Path  lexer.Token `parser:"@String"`
	}
	constLine struct {
		Name  lexer.Token `parser:"'const' @Ident"`
		Type  *typeExpr   `parser:"@@ '='"`
		Value *valueExpr  `parser:"@@"`
	}
	enumLine struct {
		Name lexer.Token `parser:"'enum' @Ident"`
		Base lexer.Token `parser:"@Ident"`
	}
	blockLine struct {
		Name lexer.Token `parser:"( 'message' | 'union' | 'service' ) @Ident"`
	}
	equalsLine struct {
		Name  lexer.Token `parser:"( 'error' | 'extern' ) @Ident '='"`
		Value lexer.Token `parser:"@String"`
	}
	annotationLine struct {
		Name   lexer.Token  `parser:"'annotation' @Ident"`
		Params []*paramExpr `parser:"( '(' ( @@ ( ',' @@ )* )? ')' )?"`
		Places []*placeExpr `parser:"'on' @@ ( ',' @@ )*"`
	}
	paramExpr struct {
		Name lexer.Token `parser:"@Ident"`
		Type *typeExpr   `parser:"@@"`
	}
	placeExpr struct {
		Name lexer.Token `parser:"@Ident"`
	}
	fieldLine struct {
		Name lexer.Token `parser:"@Ident"`
		Type *typeExpr   `parser:"@@ '='"`
		Key  lexer.Token `parser:"@( Number | String )"`
	}
	variantLine struct {
		Name lexer.Token `parser:"@Ident"`
		Type *typeExpr   `parser:"@@? '='"`
		Key  lexer.Token `parser:"@( Number | String )"`
	}
	valueLine struct {
		Name   lexer.Token `parser:"@Ident '='"`
		Number *valueExpr  `parser:"(?= Number ) @@"`
	}
	subrouteLine struct {
		Param lexer.Token `parser:"'subroute' ( @Ident"`
		Fixed lexer.Token `parser:"| @String )"`
	}
	handlerLine struct {
		Kind     lexer.Token `parser:"@( 'rpc' | 'stream' )"`
		Name     lexer.Token `parser:"@Ident '('"`
		Request  *typeExpr   `parser:"@@? ')'"`
		Response *typeExpr   `parser:"@@? '='"`
		ID       lexer.Token `parser:"@Number"`
	}
	flowLine struct {
		Kind     lexer.Token `parser:"@( 'in' | 'out' )"`
		Capacity lexer.Token `parser:"( '(' @Number ')' )?"`
		Type     *typeExpr   `parser:"@@"`
	}
	errorsLine struct {
		Refs []*refExpr `parser:"'errors' @@ ( ',' @@ )*"`
	}
	reservedLine struct {
		Items []*reservedExpr `parser:"'reserved' @@ ( ',' @@ )*"`
	}
	reservedExpr struct {
		From lexer.Token `parser:"@String | @Number"`
		To   lexer.Token `parser:"( '..' @Number )?"`
	}
	annoLine struct {
		Name *refExpr   `parser:"'@' @@"`
		Args []*argExpr `parser:"( '(' ( @@ ( ',' @@ )* )? ')' )?"`
	}
	argExpr struct {
		Name  lexer.Token `parser:"( @Ident ':' )?"`
		Const *refExpr    `parser:"( @@"`
		Value *valueExpr  `parser:"| @@ )"`
	}
	valueExpr struct {
		Value lexer.Token `parser:"@( String | Number | Ident )"`
		Shift lexer.Token `parser:"( '<<' @Number )?"`
	}
	typeExpr struct {
		Open  lexer.Token `parser:"( @'[' ']'"`
		Elem  *typeExpr   `parser:"  @@"`
		Map   lexer.Token `parser:"| @'map' '['"`
		Key   *typeExpr   `parser:"  @@ ']'"`
		Value *typeExpr   `parser:"  @@"`
		Ref   *refExpr    `parser:"| @@ )"`
		Opt   lexer.Token `parser:"@'?'?"`
	}
	refExpr struct {
		First  lexer.Token `parser:"@Ident"`
		Second lexer.Token `parser:"( '.' @Ident )?"`
	}
)

// lineParser builds the parser of one kind of line when it is first needed.
func lineParser[G any]() *lineKind[G] {
	return &lineKind[G]{parser: sync.OnceValue(func() *participle.Parser[G] {
		return participle.MustBuild[G](
			participle.Lexer(definition{}),
			participle.UseLookahead(participle.MaxLookahead),
		)
	})}
}

var (
	parsePackage  = lineParser[packageLine]()
	parseSpec     = lineParser[importSpec]()
	parseConst    = lineParser[constLine]()
	parseEnum     = lineParser[enumLine]()
	parseBlock    = lineParser[blockLine]()
	parseEquals   = lineParser[equalsLine]()
	parseNote     = lineParser[annotationLine]()
	parseField    = lineParser[fieldLine]()
	parseVariant  = lineParser[variantLine]()
	parseValue    = lineParser[valueLine]()
	parseSubroute = lineParser[subrouteLine]()
	parseHandler  = lineParser[handlerLine]()
	parseFlow     = lineParser[flowLine]()
	parseErrors   = lineParser[errorsLine]()
	parseReserved = lineParser[reservedLine]()
	parseAnno     = lineParser[annoLine]()
)

// parseLine runs a line's parser over its tokens. It reports how many tokens
// were understood; the line is sound when that is all of them and err is nil. The offset
// of a token in the tree is its index: fromLexer finds where it stands.
func parseLine[G any](build func() *participle.Parser[G], toks []token) (tree *G, used int, err error) {
	peeking, err := lexer.Upgrade(&sliceLexer{toks: toks})
	if err != nil {
		return nil, 0, err
	}
	tree, err = build().ParseFromLexer(peeking, participle.AllowTrailing(true))
	return tree, peeking.Cursor(), err
}
