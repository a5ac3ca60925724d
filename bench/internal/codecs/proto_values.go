package codecs

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gridrpc/gridc/bench/internal/codecs/gen/codecs"
	"github.com/gridrpc/gridc/bench/internal/codecs/pb"
)

// The values in the types that protobuf-go and vtprotobuf share.

func pbPlain(v *codecs.Plain) *pb.Plain {
	return &pb.Plain{
		Id: v.ID, Version: v.Version, Size: v.Size, Delta: v.Delta, Parts: v.Parts, Offset: v.Offset, Checksum: v.Checksum,
		Latest: v.Latest, Deleted: v.Deleted, Ratio: v.Ratio, Load: v.Load, State: pb.State(v.State),
	}
}

func pbWide(v *codecs.Wide) *pb.Wide {
	return &pb.Wide{
		Id: v.ID, Version: v.Version, Size: v.Size, Delta: v.Delta, Parts: v.Parts, Offset: v.Offset, Checksum: v.Checksum,
		Latest: v.Latest, Deleted: v.Deleted, Ratio: v.Ratio, Load: v.Load,
		Bucket: v.Bucket, Name: v.Name, Etag: v.Etag, Owner: v.Owner,
		Created: timestamppb.New(v.Created), Modified: timestamppb.New(v.Modified), Took: int64(v.Took),
		State: pb.State(v.State), Before: pb.State(v.Before),
	}
}

func pbEntry(v codecs.Entry) *pb.Entry {
	return &pb.Entry{Name: v.Name, Size: v.Size, Mode: v.Mode, Dir: v.Dir}
}

func pbList(v *codecs.List) *pb.List {
	list := &pb.List{}
	for _, e := range v.Entries {
		list.Entries = append(list.Entries, pbEntry(e))
	}
	return list
}

func pbOptional(v *codecs.Optional) *pb.Optional {
	return &pb.Optional{Name: v.Name, Size: v.Size, Flag: v.Flag, Data: v.Data, Entry: pbEntry(*v.Entry), Total: v.Total}
}
