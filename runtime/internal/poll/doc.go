// Package poll names what a plain TCP socket can do beyond net.Conn: wait until
// it is readable without holding a buffer, look again before it waits, and write without waiting.
//
// A session uses them where the connection offers them and does without where
// it does not (another operating system, a connection of the user's own, TLS that
// package secure has no hand in).
// The in-memory connection waits and writes so, too: tests run the production path.
//
// It owns nothing, and knows neither frames nor sessions.
package poll
