package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"testing"
)

// What people copy from the starter into servers of their own is what every server
// needs: it ends when a supervisor says so, waits for its handlers, but not for
// ever, and no client holds a connection by sending half a request. That it ends
// is tested by running it (TestNewWorks); times are read here.
func TestStarterIsAServerToCopy(t *testing.T) {
	text, err := starter.ReadFile("starter/main.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	for what, found := range map[string]func(ast.Node) bool{
		"a context that ends with SIGTERM": func(n ast.Node) bool {
			call, ok := callOf(n, "signal.NotifyContext")
			return ok && slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return types.ExprString(e) == "syscall.SIGTERM" })
		},
		"a server with a ReadHeaderTimeout": func(n ast.Node) bool {
			server, ok := n.(*ast.CompositeLit)
			return ok && types.ExprString(server.Type) == "http.Server" && hasSet(server, "ReadHeaderTimeout")
		},
		"a Shutdown whose context has a deadline": func(n ast.Node) bool {
			body, ok := n.(*ast.BlockStmt)
			return ok && shutsDownWithin(body)
		},
	} {
		if !slices.ContainsFunc(slices.Collect(ast.Preorder(file)), found) {
			t.Errorf("main.go of the starter lacks %s", what)
		}
	}
}

// callOf is the call that a node is, if it is one of the function.
func callOf(n ast.Node, function string) (*ast.CallExpr, bool) {
	call, ok := n.(*ast.CallExpr)
	return call, ok && types.ExprString(call.Fun) == function
}

// hasSet reports whether a struct literal sets a field to something else than zero.
func hasSet(lit *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return ok && types.ExprString(kv.Key) == field && types.ExprString(kv.Value) != "0"
	})
}

// shutsDownWithin reports whether a block makes a context with a timeout, and gives
// that to the Shutdown of a Manager.
func shutsDownWithin(body *ast.BlockStmt) bool {
	limited := ""
	for n := range ast.Preorder(body) {
		if assign, ok := n.(*ast.AssignStmt); ok {
			if _, ok := callOf(assign.Rhs[0], "context.WithTimeout"); ok {
				limited = types.ExprString(assign.Lhs[0])
			}
		}
		if call, ok := callOf(n, "m.Shutdown"); ok && limited != "" && types.ExprString(call.Args[0]) == limited {
			return true
		}
	}
	return false
}
