package codecs

import (
	"fmt"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/codecs/gen/codecs"
)

// The values that are measured. Those of the other codecs are made from them.

func small() *codecs.Small {
	return &codecs.Small{Text: "photos/sunrise.jpg", Data: []byte(strings.Repeat("0123456789abcdef", 32))}
}

func plain() *codecs.Plain {
	return &codecs.Plain{
		ID: 1 << 40, Version: 7, Size: 5 << 20, Delta: -3, Parts: 300, Offset: 1 << 33, Checksum: 0xfedc_ba98_7654_3210,
		Latest: true, Deleted: true, Ratio: 0.125, Load: 1.5, State: codecs.StateActive,
	}
}

func wide() *codecs.Wide {
	return &codecs.Wide{
		ID: 1 << 40, Version: 7, Size: 5 << 20, Delta: -3, Parts: 300, Offset: 1 << 33, Checksum: 0xfedc_ba98_7654_3210,
		Latest: true, Deleted: true, Ratio: 0.125, Load: 1.5,
		Bucket: "photos", Name: "2026/11/22/sunrise.jpg", Etag: "9e107d9d372bb6826bd81d3542a419d6", Owner: "someone@example.com",
		Created: time.Unix(1_795_000_000, 123_456_789).UTC(), Modified: time.Unix(1_795_100_000, 5).UTC(),
		Took: 1500 * time.Microsecond, State: codecs.StateActive, Before: codecs.StateFrozen,
	}
}

func entry(i int) codecs.Entry {
	return codecs.Entry{Name: fmt.Sprintf("folder-%d/file-%04d", i%7, i), Size: int64(i) * 1000, Mode: 0o644, Dir: i%10 == 9}
}

func list() *codecs.List {
	v := &codecs.List{}
	for i := range 100 {
		v.Entries = append(v.Entries, entry(i))
	}
	return v
}

func maps() *codecs.Maps {
	v := &codecs.Maps{Labels: map[string]string{}, Counts: map[string]uint64{}}
	for i := range 20 {
		v.Labels[fmt.Sprintf("label-%d", i)] = fmt.Sprintf("value of %d", i)
		v.Counts[fmt.Sprintf("counter-%d", i)] = uint64(i) * 1000
	}
	return v
}

// optional has six of its ten fields.
func optional() *codecs.Optional {
	name, size, flag, at, total := "photos/sunrise.jpg", int64(5<<20), false, entry(3), uint64(1<<40)
	return &codecs.Optional{Name: &name, Size: &size, Flag: &flag, Data: []byte("0123456789abcdef"), Entry: &at, Total: &total}
}
