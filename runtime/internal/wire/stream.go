package wire

// MaxCapacity is the largest number of messages that a stream may hold unread.
const MaxCapacity = 65535
