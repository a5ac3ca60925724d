// Package tsgen turns a schema into TypeScript, or into JavaScript with declarations.
//
// A package becomes one module: its types, how they are written and read, and its
// services. tsgen owns the shape of that code, its imports and what it is called. It sees
// ir and names; it knows neither files of the language, nor trees, nor what is on disk.
//
// What it writes is TypeScript whose types can be erased: no enum, no namespace, no
// parameter properties. So JavaScript is the same text without the types: an emitter
// marks them (see typed), and module.go leaves them out.
package tsgen
