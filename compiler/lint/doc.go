// Package lint looks for what is legal and probably a mistake.
//
// It owns its rules, which can be silenced by a comment. It sees checked schemas, and
// the text of their files where a comment or a line matters, and changes nothing.
package lint
