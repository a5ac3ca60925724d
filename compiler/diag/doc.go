// Package diag is what gridc says about files: it builds, sorts, explains, applies
// and shows diagnostics, for people, programs, GitHub and code scanners.
//
// It owns the ids with their explanations (codes.txt, codes_breaking.txt), the JSON
// and SARIF forms, and [Fault], the error of a bug in gridc. It knows places in files,
// and nothing of what the files mean.
package diag
