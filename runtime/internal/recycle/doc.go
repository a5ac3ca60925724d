// Package recycle makes memory for long bytes of messages, and uses that of messages again
// that nobody refers to any more.
//
// A message that was decoded belongs to the application, which says nowhere that it is done with it. The
// collector knows: memory that was lent has a finalizer, and what it finds comes back here
// instead of being freed. New memory is dear: the collector of a small process returns
// to the kernel what it frees, and each page of it is a fault when it is next written to, which
// takes 0.5 µs on plain hardware and 3 to 20 in a virtual machine. A message of 64 KiB has 16 pages.
//
// All is bounded, and belongs to the process as the collector does: at most Limit bytes, or
// an eighth of GOMEMLIMIT, are lent or kept, what is not needed between two rounds of the collector is freed, and a
// process that receives no long messages has nothing here.
package recycle
