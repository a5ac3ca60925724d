// Package goname says what Go lets a thing be called: packages, import paths,
// exported and unexported names, parameters and files.
//
// It owns the list of names that generated code itself declares. It knows no schema.
package goname
