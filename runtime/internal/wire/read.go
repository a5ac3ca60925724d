package wire

// ChecksumSize is what a checksum adds in front of the frames of a batch.
const ChecksumSize = 8
