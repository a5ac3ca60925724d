package proto

// Markup is text of a kind, "markdown" or "plaintext".
type Markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Hover is what is shown about a place.
type Hover struct {
	Contents Markup `json:"contents"`
	Range    Range  `json:"range"`
}

// Kinds of completion items.
const (
	ItemMethod     = 2
	ItemField      = 5
	ItemClass      = 7
	ItemInterface  = 8
	ItemModule     = 9
	ItemValue      = 12
	ItemEnum       = 13
	ItemKeyword    = 14
	ItemSnippet    = 15
	ItemFile       = 17
	ItemEnumMember = 20
	ItemConstant   = 21
	ItemStruct     = 22
)

// CompletionItem is one thing that can be written.
type CompletionItem struct {
	Label               string     `json:"label"`
	Kind                int        `json:"kind"`
	Detail              string     `json:"detail,omitempty"`
	Documentation       *Markup    `json:"documentation,omitempty"`
	Deprecated          bool       `json:"deprecated,omitempty"`
	Preselect           bool       `json:"preselect,omitempty"`
	SortText            string     `json:"sortText,omitempty"`
	FilterText          string     `json:"filterText,omitempty"`
	InsertTextFormat    int        `json:"insertTextFormat,omitempty"` // 2 is a snippet
	TextEdit            *TextEdit  `json:"textEdit,omitempty"`
	AdditionalTextEdits []TextEdit `json:"additionalTextEdits,omitempty"`
}

// CompletionList is the answer to a completion request.
type CompletionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	Items        []CompletionItem `json:"items"`
}

// Kinds of symbols.
const (
	SymbolPackage    = 4
	SymbolClass      = 5
	SymbolMethod     = 6
	SymbolField      = 8
	SymbolEnum       = 10
	SymbolInterface  = 11
	SymbolFunction   = 12
	SymbolVariable   = 13
	SymbolConstant   = 14
	SymbolObject     = 19
	SymbolEnumMember = 22
	SymbolStruct     = 23
	SymbolEvent      = 24
)

// DocumentSymbol is one symbol of a document, with those in it.
type DocumentSymbol struct {
	Name           string           `json:"name"`
	Detail         string           `json:"detail,omitempty"`
	Kind           int              `json:"kind"`
	Tags           []int            `json:"tags,omitempty"` // 1 deprecated
	Range          Range            `json:"range"`
	SelectionRange Range            `json:"selectionRange"`
	Children       []DocumentSymbol `json:"children,omitempty"`
}

// SymbolInformation is a symbol of the workspace.
type SymbolInformation struct {
	Name          string   `json:"name"`
	Kind          int      `json:"kind"`
	Location      Location `json:"location"`
	ContainerName string   `json:"containerName,omitempty"`
}

// DocumentHighlight is a place that has to do with the one asked about.
type DocumentHighlight struct {
	Range Range `json:"range"`
	Kind  int   `json:"kind"` // 2 read, 3 write
}

// FoldingRange is lines that can be shown as one.
type FoldingRange struct {
	StartLine int    `json:"startLine"`
	EndLine   int    `json:"endLine"`
	Kind      string `json:"kind,omitempty"` // "comment" or "imports"
}

// SelectionRange is a range with the one around it.
type SelectionRange struct {
	Range  Range           `json:"range"`
	Parent *SelectionRange `json:"parent,omitempty"`
}

// DocumentLink is text that leads to another document.
type DocumentLink struct {
	Range   Range  `json:"range"`
	Target  string `json:"target"`
	Tooltip string `json:"tooltip,omitempty"`
}

// CodeAction is a change that is offered.
type CodeAction struct {
	Title       string         `json:"title"`
	Kind        string         `json:"kind"`
	Diagnostics []Diagnostic   `json:"diagnostics,omitempty"`
	IsPreferred bool           `json:"isPreferred,omitempty"`
	Edit        *WorkspaceEdit `json:"edit,omitempty"`
}

// InlayHint is a text that is shown between others.
type InlayHint struct {
	Position    Position `json:"position"`
	Label       string   `json:"label"`
	Kind        int      `json:"kind,omitempty"` // 1 type, 2 parameter
	Tooltip     string   `json:"tooltip,omitempty"`
	PaddingLeft bool     `json:"paddingLeft,omitempty"`
}

// Command is something that the editor does when asked to.
type Command struct {
	Title     string `json:"title"`
	Command   string `json:"command"`
	Arguments []any  `json:"arguments,omitempty"`
}

// CodeLens is a line above another.
type CodeLens struct {
	Range   Range    `json:"range"`
	Command *Command `json:"command"`
}

// SemanticTokens are the tokens of a document, five numbers each.
type SemanticTokens struct {
	Data []int `json:"data"`
}

// SignatureHelp is what an annotation takes.
type SignatureHelp struct {
	Signatures      []Signature `json:"signatures"`
	ActiveSignature int         `json:"activeSignature"`
	ActiveParameter int         `json:"activeParameter"`
}

// Signature is one form of it.
type Signature struct {
	Label         string      `json:"label"`
	Documentation *Markup     `json:"documentation,omitempty"`
	Parameters    []Parameter `json:"parameters"`
}

// Parameter is one argument, as a part of the label.
type Parameter struct {
	Label string `json:"label"`
}
