// Package streams is streams, both ends of them: opening and serving, sending with
// credit and windows, receiving, and how each direction ends.
//
// What is sent is guarded by the writer's lock, what has come by its inbox's; locks
// are taken in the order out, table, inbox. It does not know calls.
package streams
