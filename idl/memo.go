package idl

import (
	"sync"

	"github.com/alecthomas/participle/v2"
)

// Bounds on what is kept of lines that were read.
const (
	maxKept    = 4096 // lines of one kind
	maxKeptKey = 512  // bytes of one line
)

// lineKind is one kind of line: what parses it, and what came out for the tokens that were
// seen before. Lines are much alike, `@limit(64)` above all, and an editor has a file read
// again at every key: participle is most of what that takes. It is safe for concurrent use.
type lineKind[G any] struct {
	parser func() *participle.Parser[G]

	mu   sync.Mutex
	kept map[string]*G // nil for a line that is not sound
}

// parse is the tree of a line, whose tokens have their index for an offset, or nil when
// the line is not sound. Nobody may change the tree.
func (k *lineKind[G]) parse(toks []token) *G {
	key := appendKey(make([]byte, 0, 128), toks)
	k.mu.Lock()
	tree, known := k.kept[string(key)]
	k.mu.Unlock()
	if known {
		return tree
	}
	tree, used, err := parseLine(k.parser, toks)
	if err != nil || used < len(toks) {
		tree = nil
	}
	if len(key) <= maxKeptKey {
		k.keep(string(key), tree)
	}
	return tree
}

func (k *lineKind[G]) keep(key string, tree *G) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= maxKept {
		k.kept = make(map[string]*G)
	}
	k.kept[key] = tree
}

// appendKey writes all that the parser of a line sees of tokens: no two lists of them
// have the same key.
func appendKey(key []byte, toks []token) []byte {
	for _, t := range toks {
		n := len(t.text)
		key = append(key, byte(t.kind), byte(n), byte(n>>8), byte(n>>16)) // fits: a source is a MiB
		key = append(key, t.text...)
	}
	return key
}
