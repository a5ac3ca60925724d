// Package stubs brings the generated files on disk in line with what is generated,
// and knows when there is nothing to do.
//
// It owns which files may be replaced or removed, and the cache of what was generated
// from what. It sees outputs, and nothing of what is in them but their first line.
package stubs
