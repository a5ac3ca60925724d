package idl

import (
	"slices"
	"strings"
)

// preamble begins the examples.
const preamble = "package demo\n\n"

// Codes describes every id that Parse can report, in alphabetical order of
// their constants.
var Codes = slices.Concat(codesA, codesB)

var codesA = []Code{
	{
		ID:          CodeAnnoPlacement,
		Summary:     "an annotation stands on the wrong side",
		Explanation: "Annotations of a field or an enum value stand behind it on its line; those of a declaration or a handler stand above it.",
		Wrong:       preamble + "message Disk {\n    @limit(64)\n    name string = 1\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1 @limit(64)\n}\n",
	},
	{
		ID:          CodeBadEscape,
		Summary:     "a string has an escape sequence that does not exist",
		Explanation: "Strings are escaped as in Go. A backslash itself is written `\\\\`.",
		Wrong:       preamble + "const Root string = \"C:\\data\"\n",
		Right:       preamble + "const Root string = \"C:\\\\data\"\n",
	},
	{
		ID:          CodeBadNumber,
		Summary:     "a number is not written in a form that exists",
		Explanation: "Numbers are decimal, without a leading zero; underscores may group digits. A number may end in a unit of size or of time, with nothing in between.",
		Wrong:       preamble + "const Mode uint32 = 0x1F\n",
		Right:       preamble + "const Mode uint32 = 31\n",
	},
	{
		ID:          CodeBlockComment,
		Summary:     "a comment stands between `/*` and `*/`",
		Explanation: "There is one kind of comment: from `//` to the end of the line.",
		Wrong:       preamble + "/* Disk is one disk. */\nmessage Disk {}\n",
		Right:       preamble + "// Disk is one disk.\nmessage Disk {}\n",
	},
	{
		ID:          CodeBracePlacement,
		Summary:     "an opening brace stands on a line of its own",
		Explanation: "A block is opened at the end of the line it belongs to, as in Go.",
		Wrong:       preamble + "message Disk\n{\n    name string = 1\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1\n}\n",
	},
	{
		ID:          CodeColon,
		Summary:     "a colon stands between a name and its type",
		Explanation: "A name and its type stand side by side.",
		Wrong:       preamble + "message Disk {\n    name: string = 1\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1\n}\n",
	},
	{
		ID:          CodeDanglingAnno,
		Summary:     "an annotation belongs to nothing",
		Explanation: "An annotation stands above a declaration or a handler. Here nothing follows it that can have one.",
		Wrong:       preamble + "service Disks {\n    @timeout(10s)\n    subroute disk\n}\n",
		Right:       preamble + "service Disks {\n    subroute disk\n}\n",
	},
	{
		ID:          CodeDuplicateClause,
		Summary:     "a handler has a clause twice",
		Explanation: "A stream has at most one `in` and one `out`; the errors of an rpc stand on one line.",
		Wrong:       preamble + "service Disks {\n    stream Walk() = 1 {\n        out Entry\n        out Entry\n    }\n}\n",
		Right:       preamble + "service Disks {\n    stream Walk() = 1 {\n        out Entry\n    }\n}\n",
	},
	{
		ID:          CodeExpectedName,
		Summary:     "a name is missing",
		Explanation: "A name is a letter followed by letters, digits and underscores. It becomes a name of Go, so it holds no hyphen.",
		Wrong:       preamble + "message 2Disk {}\n",
		Right:       preamble + "message Disk2 {}\n",
	},
	{
		ID:          CodeExpectedNumber,
		Summary:     "something else stands where a whole number belongs",
		Explanation: "Fields, enum values and handlers are identified by whole numbers, without a unit and without a point.",
		Wrong:       preamble + "message Disk {\n    name string = one\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1\n}\n",
	},
	{
		ID:          CodeExpectedString,
		Summary:     "something else stands where a quoted text belongs",
		Explanation: "Import paths, error codes and Go types are written in double quotes.",
		Wrong:       preamble + "import common.grid\n",
		Right:       preamble + "import \"common.grid\"\n",
	},
	{
		ID:          CodeExpectedType,
		Summary:     "something else stands where a type belongs",
		Explanation: "A type is a name, `[]T` or `map[K]V`, with `?` behind it when it is optional.",
		Wrong:       preamble + "message Disk {\n    sum [16]uint8 = 1\n}\n",
		Right:       preamble + "message Disk {\n    sum []uint8 = 1 @limit(16)\n}\n",
	},
	{
		ID:          CodeFileTooLarge,
		Summary:     "the file is larger than 1 MiB",
		Explanation: "No file that a person maintains is so large. Split it: files can import each other.",
		Wrong:       preamble + strings.Repeat("// the same line again\n", 50_000),
		Right:       "package demo\n",
	},
	{
		ID:          CodeFlowInRPC,
		Summary:     "an rpc has an `in` or `out` line",
		Explanation: "An rpc has one request and one response. A handler that streams begins with `stream`.",
		Wrong:       preamble + "service Disks {\n    rpc Walk() = 1 {\n        out Entry\n    }\n}\n",
		Right:       preamble + "service Disks {\n    stream Walk() = 1 {\n        out Entry\n    }\n}\n",
	},
	{
		ID:          CodeGenericType,
		Summary:     "a type has its parameters in angle brackets",
		Explanation: "Lists and maps are written as in Go.",
		Wrong:       preamble + "message Disk {\n    tags list<string> = 1\n}\n",
		Right:       preamble + "message Disk {\n    tags []string = 1\n}\n",
	},
	{
		ID:          CodeIllegalChar,
		Summary:     "a character that no part of the language begins with",
		Explanation: "The character stands outside of strings and comments and means nothing there.",
		Wrong:       preamble + "message Disk {\n    name string = 1 #\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1\n}\n",
	},
	{
		ID:          CodeImportOrder,
		Summary:     "an import stands behind a declaration",
		Explanation: "Imports stand together behind the package clause.",
		Wrong:       preamble + "message Disk {}\n\nimport \"common.grid\"\n",
		Right:       preamble + "import \"common.grid\"\n\nmessage Disk {}\n",
	},
	{
		ID:          CodeInvalidUTF8,
		Summary:     "the file is not UTF-8",
		Explanation: "Save the file as UTF-8. Only the first place is reported.",
		Wrong:       preamble + "// caf\xe9\nmessage Disk {}\n",
		Right:       preamble + "// café\nmessage Disk {}\n",
	},
	{
		ID:          CodeMisplacedMember,
		Summary:     "a member stands outside of a block that can hold it",
		Explanation: "Fields stand in messages, unions and errors; handlers stand in services. Often a brace too many closed the block before. Lines that follow directly are not reported again.",
		Wrong:       preamble + "rpc Stat() Disk = 1\n",
		Right:       preamble + "service Disks {\n    rpc Stat() Disk = 1\n}\n",
	},
	{
		ID:          CodeMissingAt,
		Summary:     "a word follows a member that is complete",
		Explanation: "What follows a number is an annotation, and annotations begin with `@`.",
		Wrong:       preamble + "message Disk {\n    name string = 1 limit(64)\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1 @limit(64)\n}\n",
	},
	{
		ID:          CodeMissingBase,
		Summary:     "an enum names no integer type",
		Explanation: "The integer type says how many values there can be. `uint8` is enough for most.",
		Wrong:       preamble + "enum State {\n    unknown = 0\n}\n",
		Right:       preamble + "enum State uint8 {\n    unknown = 0\n}\n",
	},
	{
		ID:          CodeMissingBrace,
		Summary:     "a brace is missing",
		Explanation: "A block begins with `{` at the end of its first line and ends with `}` on a line of its own.",
		Wrong:       preamble + "message Disk {\n    name string = 1\n",
		Right:       preamble + "message Disk {\n    name string = 1\n}\n",
	},
	{
		ID:          CodeMissingBracket,
		Summary:     "a `]` is missing",
		Explanation: "Lists are written `[]T`, maps `map[K]V`.",
		Wrong:       preamble + "message Disk {\n    tags map[string string = 1\n}\n",
		Right:       preamble + "message Disk {\n    tags map[string]string = 1\n}\n",
	},
	{
		ID:          CodeMissingCode,
		Summary:     "an error has no code",
		Explanation: "The code is what stands for the error on the wire; it never changes, while the name may.",
		Wrong:       preamble + "error Offline\n",
		Right:       preamble + "error Offline = \"disk.offline\"\n",
	},
	{
		ID:          CodeMissingComma,
		Summary:     "two items of a list have no comma between them",
		Explanation: "Items of a list are separated by commas.",
		Wrong:       preamble + "message Disk {\n    reserved 1 2\n}\n",
		Right:       preamble + "message Disk {\n    reserved 1, 2\n}\n",
	},
	{
		ID:          CodeMissingEquals,
		Summary:     "a `=` is missing",
		Explanation: "A number, key or value stands right of a `=`.",
		Wrong:       preamble + "message Disk {\n    name string 1\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1\n}\n",
	},
	{
		ID:          CodeMissingNewline,
		Summary:     "two things stand on one line",
		Explanation: "Every member and every declaration has its own line.",
		Wrong:       preamble + "message Disk {\n    name string = 1 size uint64 = 2\n}\n",
		Right:       preamble + "message Disk {\n    name string = 1\n    size uint64 = 2\n}\n",
	},
}
