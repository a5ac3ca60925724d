// Package mp has the messages of codecs.grid as msgp's own generator takes them:
// maps with names as keys, its default. Fields that are zero are left out, as
// gridc and protobuf do.
package mp

import "time"

//go:generate go tool msgp -file types.go -o codec.go -tests=false -io=false

// Small is a text and bytes.
type Small struct {
	Text string `msg:"text,omitempty"`
	Data []byte `msg:"data,omitempty"`
}

// Wide has twenty fields of all sorts.
type Wide struct {
	Id       uint64        `msg:"id,omitempty"`
	Version  uint32        `msg:"version,omitempty"`
	Size     int64         `msg:"size,omitempty"`
	Delta    int32         `msg:"delta,omitempty"`
	Parts    uint32        `msg:"parts,omitempty"`
	Offset   int64         `msg:"offset,omitempty"`
	Checksum uint64        `msg:"checksum,omitempty"`
	Latest   bool          `msg:"latest,omitempty"`
	Deleted  bool          `msg:"deleted,omitempty"`
	Ratio    float64       `msg:"ratio,omitempty"`
	Load     float32       `msg:"load,omitempty"`
	Bucket   string        `msg:"bucket,omitempty"`
	Name     string        `msg:"name,omitempty"`
	Etag     string        `msg:"etag,omitempty"`
	Owner    string        `msg:"owner,omitempty"`
	Created  time.Time     `msg:"created,omitempty"`
	Modified time.Time     `msg:"modified,omitempty"`
	Took     time.Duration `msg:"took,omitempty"`
	State    uint8         `msg:"state,omitempty"`
	Before   uint8         `msg:"before,omitempty"`
}

// Plain has numbers only.
type Plain struct {
	Id       uint64  `msg:"id,omitempty"`
	Version  uint32  `msg:"version,omitempty"`
	Size     int64   `msg:"size,omitempty"`
	Delta    int32   `msg:"delta,omitempty"`
	Parts    uint32  `msg:"parts,omitempty"`
	Offset   int64   `msg:"offset,omitempty"`
	Checksum uint64  `msg:"checksum,omitempty"`
	Latest   bool    `msg:"latest,omitempty"`
	Deleted  bool    `msg:"deleted,omitempty"`
	Ratio    float64 `msg:"ratio,omitempty"`
	Load     float32 `msg:"load,omitempty"`
	State    uint8   `msg:"state,omitempty"`
}

// Entry is an element of List.
type Entry struct {
	Name string `msg:"name,omitempty"`
	Size int64  `msg:"size,omitempty"`
	Mode uint32 `msg:"mode,omitempty"`
	Dir  bool   `msg:"dir,omitempty"`
}

// List is a list of structs.
type List struct {
	Entries []Entry `msg:"entries,omitempty"`
}

// Maps has two maps.
type Maps struct {
	Labels map[string]string `msg:"labels,omitempty"`
	Counts map[string]uint64 `msg:"counts,omitempty"`
}

// Optional has fields that may be absent.
type Optional struct {
	Name  *string  `msg:"name,omitempty"`
	Size  *int64   `msg:"size,omitempty"`
	Count *uint32  `msg:"count,omitempty"`
	Ratio *float64 `msg:"ratio,omitempty"`
	Flag  *bool    `msg:"flag,omitempty"`
	Data  []byte   `msg:"data,omitempty"`
	Entry *Entry   `msg:"entry,omitempty"`
	Other *Entry   `msg:"other,omitempty"`
	Label *string  `msg:"label,omitempty"`
	Total *uint64  `msg:"total,omitempty"`
}
