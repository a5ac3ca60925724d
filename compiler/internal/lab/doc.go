// Package lab is what the tests of the compiler share: files in memory, schemas from
// texts, expected results and -update. Nothing but tests imports it.
package lab
