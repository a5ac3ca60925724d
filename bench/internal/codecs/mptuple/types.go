// Package mptuple has the messages of codecs.grid as msgp's own generator takes
// them when they are tuples: arrays without keys, which cannot grow.
package mptuple

import "time"

//go:generate go tool msgp -file types.go -o codec.go -tests=false -io=false

//msgp:tuple Small Wide Plain Entry List Maps Optional

// Small is a text and bytes.
type Small struct {
	Text string
	Data []byte
}

// Wide has twenty fields of all sorts.
type Wide struct {
	Id       uint64
	Version  uint32
	Size     int64
	Delta    int32
	Parts    uint32
	Offset   int64
	Checksum uint64
	Latest   bool
	Deleted  bool
	Ratio    float64
	Load     float32
	Bucket   string
	Name     string
	Etag     string
	Owner    string
	Created  time.Time
	Modified time.Time
	Took     time.Duration
	State    uint8
	Before   uint8
}

// Plain has numbers only.
type Plain struct {
	Id       uint64
	Version  uint32
	Size     int64
	Delta    int32
	Parts    uint32
	Offset   int64
	Checksum uint64
	Latest   bool
	Deleted  bool
	Ratio    float64
	Load     float32
	State    uint8
}

// Entry is an element of List.
type Entry struct {
	Name string
	Size int64
	Mode uint32
	Dir  bool
}

// List is a list of structs.
type List struct {
	Entries []Entry
}

// Maps has two maps.
type Maps struct {
	Labels map[string]string
	Counts map[string]uint64
}

// Optional has fields that may be absent.
type Optional struct {
	Name  *string
	Size  *int64
	Count *uint32
	Ratio *float64
	Flag  *bool
	Data  []byte
	Entry *Entry
	Other *Entry
	Label *string
	Total *uint64
}
