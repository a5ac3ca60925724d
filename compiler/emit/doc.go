// Package emit is what the emitters of all languages have in common: a generated file,
// where it belongs, and the text of a schema made fit for comments.
//
// It knows the schema, and neither a language nor what is on disk.
package emit
