// Package oracle has messages of the proof schemas as msgp's own generator sees them:
// those with string keys in text.go, the tuples in tuple.go. The files beside these were
// written by
//
//	go run github.com/tinylib/msgp@v1.6.5 -file text.go -o oracle_gen.go -tests=false
//	go run github.com/tinylib/msgp@v1.6.5 -file tuple.go -o tuple_gen.go -tests=false
//
// and are what generated code has to understand, and be understood by.
package oracle

import (
	"time"

	"github.com/tinylib/msgp/msgp"
)

// Text is parts.Text.
type Text struct {
	B     bool             `msg:"b"`
	I     int64            `msg:"i"`
	U     uint32           `msg:"u8"`
	F     float64          `msg:"f"`
	Name  string           `msg:"name quoted"`
	Data  []byte           `msg:"data"`
	When  time.Time        `msg:"when"`
	Took  time.Duration    `msg:"took"`
	Id    [16]byte         `msg:"id"`
	Any   msgp.Raw         `msg:"any"`
	Tags  []string         `msg:"tags"`
	Table map[string]int64 `msg:"table"`
	Sub   Inner            `msg:"sub"`
	Maybe *Inner           `msg:"maybe"`
	Subs  []Inner          `msg:"subs"`
	Count *int32           `msg:"count"`
}

// Inner is parts.Inner.
type Inner struct {
	X float32 `msg:"x"`
	Y string  `msg:"y"`
}
