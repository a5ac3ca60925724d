// Package lint looks for what is legal and probably a mistake.
//
// It owns its rules, which can be silenced by a comment. It sees checked schemas with
// the trees that they were made from, and changes nothing.
package lint
