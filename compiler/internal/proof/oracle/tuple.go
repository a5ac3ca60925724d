package oracle

import (
	"time"

	"github.com/tinylib/msgp/msgp"
)

//msgp:tuple Record
//msgp:tuple Point

// Record is forms.Record.
type Record struct {
	B     bool
	I     int64
	U     uint32
	F     float64
	Name  string
	Data  []byte
	When  time.Time
	Took  time.Duration
	Id    [16]byte
	Any   msgp.Raw
	Tags  []string
	Table map[string]int64
	At    Point
	Maybe *Point
	Path  []Point
	Count *int32
	Text  Inner
	State uint8
	Note  *string
}

// Point is forms.Point.
type Point struct {
	X float32
	Y int16
}
