// Package thread tells whether the present goroutine is locked to its thread.
//
// A goroutine that is locked when it ends takes its thread with it, as
// runtime.LockOSThread says: that is how a thread that was changed (its network
// namespace, its user) is got rid of. So a goroutine that runs one piece of foreign
// code after the other has to know whether one has left it locked, and package
// runtime has no function that says so, only the header of a stack trace, which
// takes microseconds.
//
// It keeps a word for each goroutine, though, that is not zero exactly while the
// goroutine is locked. Which word that is, is found out when the program starts, by
// locking and unlocking and looking. If not exactly one word behaves so, or on an
// architecture or system without the three lines of assembly that reading takes, or with the
// build tag purego, nothing is known, and Locked says true: whoever asks must take
// the goroutine for locked.
package thread
