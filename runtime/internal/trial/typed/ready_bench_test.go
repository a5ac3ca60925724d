package typed_test

import (
	"net/url"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// BenchmarkReadyTypes encodes and decodes ready-made messages of a few strings.
func BenchmarkReadyTypes(b *testing.B) {
	for _, c := range []struct {
		name string
		full grid.Message
		to   grid.Message
	}{
		{"MSS", grid.NewMSSWith(map[string]string{"word": "x", "node": "a"}), grid.NewMSS()},
		{"MSS empty", grid.NewMSS(), grid.NewMSS()},
		{"URLValues", grid.NewURLValuesWith(url.Values{"word": {"x", "y"}}), grid.NewURLValues()},
	} {
		encoded, err := c.full.MarshalMsg(nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name+"/encode", func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 2*len(encoded)+c.full.Msgsize())
			for b.Loop() {
				if _, err := c.full.MarshalMsg(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.to.UnmarshalMsg(encoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
