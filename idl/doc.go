// Package idl turns the text of a .grid file into a tree and back again.
//
// It knows the grammar and nothing else: neither Go, nor the wire, nor what a
// name means. [Parse] always returns a tree, holding every part of the file
// that is sound, together with one [Diagnostic] for each mistake; [Format]
// prints a tree in the one canonical form without losing a comment. [Codes]
// explains every id that a diagnostic of this package can have.
//
// # The language on one page
//
// The end of a line ends what stands on it. Comments go from // to the end of
// the line; those straight above something are its documentation.
//
//	File      = "package" ident { "." ident } { Import } { Decl } .
//	Import    = "import" ( Spec | "(" { Spec } ")" ) .
//	Spec      = [ ident ] string .
//	Decl      = { Anno } ( Const | Enum | Message | Union | Error | Extern | Annotation | Service ) .
//	Const     = "const" ident Type "=" Value .
//	Enum      = "enum" ident ident "{" { EnumValue | Reserved } "}" .
//	EnumValue = ident "=" Value { Anno } .
//	Message   = "message" ident "{" { Field | Reserved } "}" .
//	Union     = "union" ident "{" { Variant | Reserved } "}" .
//	Field     = ident Type "=" ( int | string ) { Anno } .
//	Variant   = ident [ Type ] "=" int { Anno } .
//	Error     = "error" ident "=" string [ "{" { Field | Reserved } "}" ] .
//	Extern    = "extern" ident "=" string .
//	Annotation = "annotation" ident [ "(" Param { "," Param } ")" ] "on" ident { "," ident } .
//	Param     = ident Type .
//	Service   = "service" ident "{" { Subroute | Reserved | Errors | Handler } "}" .
//	Subroute  = "subroute" ( ident | string ) .
//	Handler   = { Anno } ( Rpc | Stream ) .
//	Rpc       = "rpc"    ident "(" [ Type ] ")" [ Type ] "=" int [ "{" [ Errors ] "}" ] .
//	Stream    = "stream" ident "(" [ Type ] ")" [ Type ] "=" int   "{" { In | Out | Errors } "}" .
//	In        = "in"  [ "(" int ")" ] Type .
//	Out       = "out" [ "(" int ")" ] Type .
//	Errors    = "errors" Ref { "," Ref } .
//	Reserved  = "reserved" Item { "," Item } .
//	Item      = string | int [ ".." int ] .
//	Type      = ( "[]" Type | "map" "[" Type "]" Type | Ref ) [ "?" ] .
//	Ref       = [ ident "." ] ident .
//	Anno      = "@" Ref [ "(" [ Arg { "," Arg } ] ")" ] .
//	Arg       = [ ident ":" ] ( Value | Ref ) .
//	Value     = string | ident | number [ "<<" number ] .
//
// Numbers are 10_000, -1, 0xFF, 0.5, 1e9, sizes like 64KiB and durations like 1m30s.
// Keywords are contextual: a field may be called in or errors.
//
// # How it works
//
// The lexer never fails. A driver cuts the file into lines and blocks by the
// positions of the tokens and the depth of the braces, so that a mistake stays
// where it is. Each line goes through the habits, which replace what people
// write because another language has it, then through a small participle
// parser of its kind. A line that this parser does not take is walked once
// more, step by step, to say in plain words what is wrong with it. Each line
// also leaves a row for the formatter, which puts the comments back among the
// rows and aligns what stands in columns.
package idl
