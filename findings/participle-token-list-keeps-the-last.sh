#!/usr/bin/env bash
# alecthomas/participle 2.1.4: a field of type []lexer.Token that is captured more than
# once in a rule keeps the tokens of the last capture only, where a field of type
# []string with the same tag keeps all. So the parts of a dotted name are lost
# without an error, and a grammar that wants positions of each part needs a struct for it.
#
# Seen with go1.26, github.com/alecthomas/participle/v2 v2.1.4, December 2026:
#
#   texts:  [a b c]
#   tokens: [c]
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require github.com/alecthomas/participle/v2 v2.1.4
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

type texts struct {
	Parts []string `parser:"@Ident ( '.' @Ident )*"`
}

type tokens struct {
	Parts []lexer.Token `parser:"@Ident ( '.' @Ident )*"`
}

func main() {
	t, err := participle.MustBuild[texts]().ParseString("", "a.b.c")
	if err != nil {
		panic(err)
	}
	fmt.Println("texts: ", t.Parts)
	k, err := participle.MustBuild[tokens]().ParseString("", "a.b.c")
	if err != nil {
		panic(err)
	}
	values := []string{}
	for _, part := range k.Parts {
		values = append(values, part.Value)
	}
	fmt.Println("tokens:", values)
}
GO
cat > want <<'WANT'
texts:  [a b c]
tokens: [c]
WANT
GOFLAGS=-mod=mod go run . 2>/dev/null | tee got
diff want got
