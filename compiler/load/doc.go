// Package load turns arguments into parsed files, with everything they import, from
// disk, from memory or from a commit of git.
//
// It owns what an argument means, which files a folder stands for, when two paths are
// one file, and what may be missing from a tree because it did not parse. It knows
// the syntax, and none of the rules of the language.
package load
