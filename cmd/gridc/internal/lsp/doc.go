// Package lsp is the language server of .grid files: `gridc lsp`.
//
// It owns the life of one connection: what may be asked when, in which order, and what
// is told unasked. One goroutine reads messages into a queue, so that what is cancelled
// is known before its turn; one takes them from it, in order, and has all state; and
// verdicts of breaking changes are found by a third. What an answer says is found in
// package feature, from the files of package workspace.
package lsp
