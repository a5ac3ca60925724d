// Package check turns parsed files into a schema: it resolves every name, checks
// every rule of the language, and reports all that is wrong in one run.
//
// It owns the rules and the annotations. What a schema says has its place with it; the
// files themselves stay its origin ([load.LoadedFor]), for lint and stubs.
package check
