package codecs

import (
	"github.com/gridrpc/gridc/bench/internal/codecs/gen/codecs"
	"github.com/gridrpc/gridc/bench/internal/codecs/mp"
	"github.com/gridrpc/gridc/bench/internal/codecs/mptuple"
)

// The values in the types of msgp's generator. Those of the tuples differ from
// those of the maps in their tags only, and so convert.

func mpPlain(v *codecs.Plain) *mp.Plain {
	return &mp.Plain{
		Id: v.ID, Version: v.Version, Size: v.Size, Delta: v.Delta, Parts: v.Parts, Offset: v.Offset, Checksum: v.Checksum,
		Latest: v.Latest, Deleted: v.Deleted, Ratio: v.Ratio, Load: v.Load, State: uint8(v.State),
	}
}

// mpWide has local times, which is how msgp reads them.
func mpWide(v *codecs.Wide) *mp.Wide {
	return &mp.Wide{
		Id: v.ID, Version: v.Version, Size: v.Size, Delta: v.Delta, Parts: v.Parts, Offset: v.Offset, Checksum: v.Checksum,
		Latest: v.Latest, Deleted: v.Deleted, Ratio: v.Ratio, Load: v.Load,
		Bucket: v.Bucket, Name: v.Name, Etag: v.Etag, Owner: v.Owner,
		Created: v.Created.Local(), Modified: v.Modified.Local(), Took: v.Took, State: uint8(v.State), Before: uint8(v.Before),
	}
}

func mpList(v *codecs.List) *mp.List {
	list := &mp.List{}
	for _, e := range v.Entries {
		list.Entries = append(list.Entries, mp.Entry(e))
	}
	return list
}

func tupleList(v *codecs.List) *mptuple.List {
	list := &mptuple.List{}
	for _, e := range v.Entries {
		list.Entries = append(list.Entries, mptuple.Entry(e))
	}
	return list
}

func mpOptional(v *codecs.Optional) *mp.Optional {
	return &mp.Optional{Name: v.Name, Size: v.Size, Flag: v.Flag, Data: v.Data, Entry: (*mp.Entry)(v.Entry), Total: v.Total}
}

func tupleOptional(v *codecs.Optional) *mptuple.Optional {
	return &mptuple.Optional{Name: v.Name, Size: v.Size, Flag: v.Flag, Data: v.Data, Entry: (*mptuple.Entry)(v.Entry), Total: v.Total}
}
