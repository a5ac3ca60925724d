// Package reference writes a schema down for people who call its handlers: as one page of
// HTML, which needs no other file, or as Markdown.
//
// It owns the page: what is said of a declaration, in which order, with which links. Both
// forms are made of the same model. It sees checked schemas.
package reference
