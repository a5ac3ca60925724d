// Package embedded tests package etcdgrid against etcd itself, one to three members in
// the process of the tests. It is a module of its own, so that the server is no
// dependency of etcdgrid's.
package embedded
