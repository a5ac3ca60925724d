" Highlighting of .grid files for Vim and Neovim.
if exists('b:current_syntax')
  finish
endif

syntax match gridType /\v<%(bool|bytes|duration|float32|float64|int16|int32|int64|int8|raw|string|time|uint16|uint32|uint64|uint8|uuid)>/
syntax match gridType /\v<map>\ze\s*\[/
syntax match gridConstant /\v<%(true|false|high|normal|low|none)>\ze\s*%(\)|\/\/|$)/
syntax match gridNumber /\v%(\w|[^.]\.)@<!-?%(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[0-9_]*%(\.\d+)?[eE][+-]?\d+)>/
syntax match gridNumber /\v%(\w|[^.]\.)@<!-?\d[0-9_]*%(\.\d+)?%([KMGT]iB|%(ns|us|µs|ms|s|m|h)%(\d+%(\.\d+)?%(ns|us|µs|ms|s|m|h))*)?>/
syntax match gridAnnotation /\v\@%(check|deprecated|go|idempotent|json|keep|limit|pattern|priority|product|range|required|reuse|secret|sorted|timeout|tuple)>/
syntax match gridOwnAnnotation /\v\@\w+%(\.\w+)?/

" The first word of a line is the name of a field, a value or a variant, unless what
" follows makes it a keyword.
syntax match gridName /\v^\s*\zs\h\w*/
syntax match gridKeyword /\v^\s*\zspackage>\ze\s+\h/ nextgroup=gridDeclared skipwhite
syntax match gridKeyword /\v^\s*\zsimport>\ze\s*%(\(|"|\w+\s*")/
syntax match gridKeyword /\v^\s*\zs%(enum|message|union|service)>\ze\s+\w+[^=]*\{/ nextgroup=gridDeclared skipwhite
syntax match gridKeyword /\v^\s*\zs%(error|extern)>\ze\s+\w+\s*\=\s*"/ nextgroup=gridDeclared skipwhite
syntax match gridKeyword /\v^\s*\zsannotation>\ze\s+\w+%(\s*\(|\s+on>)/ nextgroup=gridDeclared skipwhite
syntax match gridKeyword /\v<on>\ze\s+%(const|enum|value|message|field|union|variant|error|extern|service|rpc|stream|handler)>/
syntax match gridKeyword /\v^\s*\zsconst>\ze\s+\w+\s+[^= \t]/ nextgroup=gridDeclared skipwhite
syntax match gridKeyword /\v^\s*\zs%(rpc|stream)>\ze\s+\w+\s*\(/ nextgroup=gridHandler skipwhite
syntax match gridKeyword /\v^\s*\zssubroute>\ze\s+%("|\w+\s*%(\/\/|$))/
syntax match gridKeyword /\v^\s*\zsreserved>\ze\s+["0-9-]/
syntax match gridKeyword /\v^\s*\zs%(in|out)>\ze\s*%(\(\s*\d|[0-9A-Za-z_.]+\s*%(\/\/|$))/
syntax match gridKeyword /\v^\s*\zserrors>\ze\s+[0-9A-Za-z_.]+\s*%(,|\/\/|$)/
syntax match gridDeclared /\v\h[0-9A-Za-z_.]*/ contained
syntax match gridHandler /\v\h\w*/ contained

syntax region gridString start=/"/ skip=/\\./ end=/"\|$/ contains=gridEscape oneline
syntax match gridEscape /\\./ contained
syntax keyword gridTodo TODO FIXME XXX contained
syntax match gridComment /\/\/.*$/ contains=gridTodo,@Spell
syntax match gridDirective /\/\/gridc:[a-z]\+.*$/

highlight default link gridType Type
highlight default link gridConstant Constant
highlight default link gridNumber Number
highlight default link gridAnnotation PreProc
highlight default link gridOwnAnnotation PreProc
highlight default link gridKeyword Keyword
highlight default link gridDeclared Type
highlight default link gridHandler Function
highlight default link gridString String
highlight default link gridEscape SpecialChar
highlight default link gridTodo Todo
highlight default link gridComment Comment
highlight default link gridDirective PreProc

let b:current_syntax = 'grid'
