// Package large moves messages that are larger than one frame: announced with their
// size, granted when there is room for the whole, sent in chunks, put together.
//
// A Transfer, the sending half, is guarded by the writer's lock; Assemblies, the
// receiving half, by their own. Who gets what has come is a Receiver.
package large
