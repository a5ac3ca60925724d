// Package check turns parsed files into a schema: it resolves every name, checks
// every rule of the language, and reports all that is wrong in one run.
//
// It owns the rules and the annotations. What a schema was made from stays with it as
// [Trees], for those who speak of the text: lint and breaking.
package check
