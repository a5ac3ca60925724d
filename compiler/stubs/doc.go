// Package stubs brings the generated files on disk in line with what is generated,
// and knows when there is nothing to do.
//
// It owns which files may be replaced or removed, and the cache of what was generated
// from what. It sees outputs, and of what is in them the first line, and the names that
// a change took away.
package stubs
