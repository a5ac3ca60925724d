// Package hello has the smallest program of each peer: a server, a client, one
// call. They are built to see how large they come out.
package hello
