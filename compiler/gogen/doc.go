// Package gogen turns a schema into Go files.
//
// It owns the shape of generated code, its imports and where it belongs. It sees ir
// and names; it knows neither files of the language, nor trees, nor what is on disk,
// so that an emitter of another language is a package beside it.
package gogen
