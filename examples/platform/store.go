package main

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// disk is the subroute of each node's store.
const disk = "disk1"

// store keeps small objects in memory, and asks its peers for those that it lacks. The
// example beside this one keeps real files.
type store struct {
	storage.UnimplementedStorageServer

	manager *grid.Manager // static, set before the first call

	mu      sync.Mutex
	objects map[object]*storage.FileInfo // their values do not change
}

// object names what is stored.
type object struct{ volume, path string }

func newStore() *store { return &store{objects: make(map[object]*storage.FileInfo)} }

// Replicate stores objects, and acknowledges each.
func (s *store) Replicate(_ context.Context, in *grid.Receiver[*storage.Op], out *grid.Sender[*storage.Ack]) error {
	for seq := uint64(1); ; seq++ {
		op, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := out.Send(&storage.Ack{Seq: seq, Failed: !s.apply(op)}); err != nil {
			return err
		}
	}
}

func (s *store) apply(op *storage.Op) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch op.Which() {
	case storage.OpPut:
		s.objects[object{op.Put.Volume, op.Put.Name}] = op.Put
	case storage.OpDelete:
		delete(s.objects, object{op.Delete.Volume, op.Delete.Path})
	default:
		return false
	}
	return true
}

func (s *store) find(volume, path string) *storage.FileInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[object{volume, path}]
}

// ReadVersion returns an object of this store, or else of a peer's. A peer that asks is
// told of this store's alone, so that no request goes round.
func (s *store) ReadVersion(ctx context.Context, req *storage.ReadVersionRequest) (*storage.FileInfo, error) {
	if file := s.find(req.Volume, req.Path); file != nil {
		return file, nil
	}
	missing := &storage.FileNotFound{Volume: req.Volume, Path: req.Path}
	if grid.GetMetadata(ctx)["asked-for"] != "" {
		return nil, missing
	}
	ctx = grid.WithMetadata(ctx, map[string]string{"asked-for": grid.GetCaller(ctx)})
	for _, peer := range s.manager.Peers() {
		if peer == s.manager.Name() || peer == grid.GetCaller(ctx) {
			continue
		}
		file, err := storage.NewStorageClient(s.manager.Connection(peer), disk).ReadVersion(ctx, req)
		if err == nil {
			return file, nil
		}
		if notFound := new(storage.FileNotFound); !errors.As(err, &notFound) {
			return nil, err
		}
	}
	return nil, missing
}
