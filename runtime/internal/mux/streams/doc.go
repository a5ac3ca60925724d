// Package streams is streams, both ends of them: opening and serving, sending with
// credit and windows, receiving, and how each direction ends.
//
// A [Stream] is put together of a sender, which knows nothing of the rest (send.go, open.go,
// senders.go, pull.go, credit.go, gap.go, turns.go, end.go), and of an inbox (inbox.go). What
// concerns both is in stream.go, serve.go, arrive.go and give_up.go; table.go has the
// streams of a session, and unread.go decides which large messages may come.
//
// What is sent is guarded by the writer's lock, what has come by its inbox's; locks
// are taken in the order out, table, inbox. It does not know calls.
package streams
