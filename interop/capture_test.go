package interop_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"
)

// capture is what a packet capture of one TCP connection would hold, made from what the
// dialer reads and writes: no privileges, and no packet is lost. It is safe for
// concurrent use.
type capture struct {
	mu   sync.Mutex
	file bytes.Buffer // pcap, of raw IP packets
	sent [2]uint32    // next sequence number of the dialer, of the acceptor
}

// The ends of the connection, as the capture shows them. Wireshark looks for HTTP at the
// acceptor's port.
var ends = [2]struct {
	address [4]byte
	port    uint16
}{{[4]byte{10, 0, 0, 1}, 40000}, {[4]byte{10, 0, 0, 2}, 80}}

// Flags of TCP.
const (
	tcpSyn  = 0x02
	tcpPush = 0x08
	tcpAck  = 0x10
)

// maxSegment is how many bytes one packet carries at most, so that messages are in several.
const maxSegment = 1400

func newCapture() *capture {
	c := &capture{}
	header := []any{uint32(0xa1b2c3d4), uint16(2), uint16(4), uint32(0), uint32(0), uint32(1 << 16), uint32(101)}
	for _, field := range header {
		_ = binary.Write(&c.file, binary.LittleEndian, field)
	}
	c.packet(0, tcpSyn, nil)
	c.packet(1, tcpSyn|tcpAck, nil)
	c.packet(0, tcpAck, nil)
	return c
}

// bytes is the capture so far.
func (c *capture) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.file.Bytes())
}

// segments adds what one end has sent.
func (c *capture) segments(from int, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(data) > 0 {
		n := min(len(data), maxSegment)
		c.packet(from, tcpPush|tcpAck, data[:n])
		data = data[n:]
	}
}

// packet adds one packet, with headers of IPv4 and TCP without checksums.
func (c *capture) packet(from int, flags byte, data []byte) {
	src, dst := ends[from], ends[1-from]
	ip := binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(40+len(data))) // fits: of at most maxSegment
	ip = append(ip, 0, 0, 0x40, 0, 64, 6, 0, 0)
	ip = append(append(ip, src.address[:]...), dst.address[:]...)
	ip = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(ip, src.port), dst.port)
	ip = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(ip, c.sent[from]), c.sent[1-from])
	ip = append(ip, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	ip = append(ip, data...)
	for _, field := range []uint32{0, 0, uint32(len(ip)), uint32(len(ip))} { // fits: of at most maxSegment
		_ = binary.Write(&c.file, binary.LittleEndian, field)
	}
	c.file.Write(ip)
	c.sent[from] += uint32(len(data)) // fits: sequence numbers wrap
	if flags&tcpSyn != 0 {
		c.sent[from]++
	}
}

// captured is the dialer's end of a connection that is captured.
type captured struct {
	net.Conn
	to *capture
}

// Write implements net.Conn. What is written is in the capture before it can be answered.
func (c *captured) Write(b []byte) (int, error) {
	c.to.segments(0, b)
	return c.Conn.Write(b)
}

// Read implements net.Conn.
func (c *captured) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.to.segments(1, b[:n])
	return n, err
}
