// Package parallel runs the same function for many indexes on all processors.
package parallel
