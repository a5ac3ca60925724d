package idl

// Code describes one diagnostic id: `gridc explain` shows it, and a test
// proves that Wrong yields exactly this id and Right yields none.
type Code struct {
	ID          string // "missing-number"
	Summary     string // one line
	Explanation string // why it is an error, and what to do
	Wrong       string // a whole file that has the mistake once
	Right       string // the same file without it
}

// The ids of what is wrong with the text of a file.
const (
	CodeAnnoPlacement   = "annotation-placement"
	CodeBadEscape       = "bad-escape"
	CodeBadNumber       = "bad-number"
	CodeBlockComment    = "block-comment"
	CodeBracePlacement  = "brace-placement"
	CodeColon           = "colon"
	CodeDanglingAnno    = "dangling-annotation"
	CodeDuplicateClause = "duplicate-clause"
	CodeExpectedName    = "expected-name"
	CodeExpectedNumber  = "expected-number"
	CodeExpectedString  = "expected-string"
	CodeExpectedType    = "expected-type"
	CodeFileTooLarge    = "file-too-large"
	CodeFlowInRPC       = "flow-in-rpc"
	CodeGenericType     = "generic-type"
	CodeIllegalChar     = "illegal-character"
	CodeImportOrder     = "import-order"
	CodeInvalidUTF8     = "invalid-utf8"
	CodeMisplacedMember = "misplaced-member"
	CodeMissingAt       = "missing-at"
	CodeMissingBase     = "missing-enum-type"
	CodeMissingBrace    = "missing-brace"
	CodeMissingBracket  = "missing-bracket"
	CodeMissingCode     = "missing-error-code"
	CodeMissingComma    = "missing-comma"
	CodeMissingEquals   = "missing-equals"
	CodeMissingNewline  = "missing-newline"
	CodeMissingNumber   = "missing-number"
	CodeMissingPackage  = "missing-package"
	CodeMissingParen    = "missing-parenthesis"
	CodeMissingType     = "missing-type"
	CodeMissingValue    = "missing-value"
	CodeModifier        = "modifier"
	CodeNameMark        = "question-mark"
	CodeNestedDecl      = "nested-declaration"
	CodeNestingTooDeep  = "nesting-too-deep"
	CodeNonASCIIName    = "non-ascii-name"
	CodeNumberOverflow  = "number-overflow"
	CodePackageFirst    = "package-clause"
	CodeParams          = "parameter-list"
	CodePointer         = "pointer"
	CodeProtoOrder      = "type-before-name"
	CodeProtoStream     = "stream-in-parentheses"
	CodeRange           = "range-syntax"
	CodeReturns         = "returns"
	CodeSemicolon       = "semicolon"
	CodeSizeUnit        = "size-unit"
	CodeSplitLine       = "split-line"
	CodeStreamResponse  = "stream-response"
	CodeStringQuotes    = "string-quotes"
	CodeTrailingComma   = "trailing-comma"
	CodeUnclosedComment = "unclosed-comment"
	CodeUnclosedString  = "unclosed-string"
	CodeUnexpectedBrace = "unexpected-brace"
	CodeUnexpectedToken = "unexpected-token"
	CodeUnknownKeyword  = "unknown-keyword"
)
