// Package feature is what an editor can ask of a .grid file, one file for each request.
//
// Each function takes a View and gives an answer of the protocol; none keeps anything.
// Answers are about what is there, also beside mistakes.
package feature
