// Package secure lets a session over TLS do what one over a plain socket does: wait
// until there is something to read without holding a buffer, and write without
// waiting. crypto/tls does neither, because it reads and writes its socket itself.
//
// So a tls.Conn is put on a Socket of this package, which is the real socket while hands
// are shaken and two queues of ciphertext in memory from Begin on. What arrives is read
// ahead into the one, as on a plain socket, and given to the tls.Conn, which then never
// waits. What the tls.Conn writes is kept in the other, for all records of a batch together,
// and whoever writes for the session carries it to the socket, as far as there is room.
//
// A tls.Conn stays on what it was made on. A dialer makes its own; those of an
// http.Server have a Socket if the server's listener is one of Listen. All other
// connections are read and written in the usual way, by goroutines that block.
//
// It knows neither frames nor sessions.
package secure
