package gogen

import (
	"go/ast"
	"go/token"
)

// declaredNames are the names that a file declares inside of functions, types and
// signatures, and those at package level. Fields and methods, which no name
// without a dot can mean, are not among them.
func declaredNames(file *ast.File) (local, global map[string]bool) {
	local, global = map[string]bool{}, map[string]bool{}
	for _, decl := range file.Decls {
		into := global
		add := func(idents ...*ast.Ident) {
			for _, ident := range idents {
				if ident != nil && ident.Name != "_" {
					into[ident.Name] = true
				}
			}
		}
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					add(spec.Names...)
				case *ast.TypeSpec:
					add(spec.Name)
				}
			}
		}
		into = local
		ast.Inspect(decl, func(n ast.Node) bool { addLocals(n, decl, add); return true })
	}
	return local, global
}

// addLocals adds what a node below a declaration declares.
func addLocals(n ast.Node, decl ast.Decl, add func(...*ast.Ident)) {
	fields := func(list *ast.FieldList) {
		if list != nil {
			for _, f := range list.List {
				add(f.Names...)
			}
		}
	}
	exprs := func(list ...ast.Expr) {
		for _, x := range list {
			if ident, ok := x.(*ast.Ident); ok {
				add(ident)
			}
		}
	}
	switch n := n.(type) {
	case *ast.FuncDecl:
		fields(n.Recv)
	case *ast.FuncType:
		fields(n.TypeParams)
		fields(n.Params)
		fields(n.Results)
	case *ast.TypeSpec:
		fields(n.TypeParams)
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			exprs(n.Lhs...)
		}
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE {
			exprs(n.Key, n.Value)
		}
	case *ast.ValueSpec:
		if _, top := decl.(*ast.GenDecl); !top {
			add(n.Names...)
		}
	}
}
