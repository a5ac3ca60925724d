package idl

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestDumpTmp(t *testing.T) {
	f, _ := Parse("storage.grid", design(t, "storage.grid"))
	f.Source = nil
	for _, d := range []Decl{f.Decls[0], f.Decls[1], f.Decls[6], f.Decls[15]} {
		b, _ := json.Marshal(d)
		fmt.Println(string(b))
	}
	fmt.Println(f.Doc, f.Package.Name, f.Imports[0].Path)
}
