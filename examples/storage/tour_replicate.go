package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// toCopy are the files that alpha replicates to gamma. The last is there only to
// be deleted again.
var toCopy = []string{"disk.go", "node.go", "walk.go", "main.go"}

// replicate sends files of alpha to a disk of gamma, and reads the answers at
// the same time: two ends that only send would block each other.
func (c *cluster) replicate(ctx context.Context) error {
	ops, err := c.opsToSend(ctx)
	if err != nil {
		return err
	}
	stream, err := c.alpha.disk("gamma", "disk2").Replicate(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	sent := make(chan error, 1)
	go func() { sent <- sendAll(stream, ops) }()

	var acks []*storage.Ack
	for ack, err := range stream.All() {
		if err != nil {
			return err
		}
		acks = append(acks, ack)
		c.print("   %-32s acknowledged: number %d, failed: %t", describe(ops[ack.Seq-1]), ack.Seq, ack.Failed)
	}
	if err := <-sent; err != nil {
		return err
	}
	return c.checkReplicated(ops, acks)
}

// opsToSend are the files to copy, one to delete, and one that gamma must refuse.
func (c *cluster) opsToSend(ctx context.Context) ([]*storage.Op, error) {
	var ops []*storage.Op
	for _, name := range toCopy {
		// alpha calls itself here: that is a call like any other.
		file, err := c.alpha.disk("alpha", "disk1").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "source", Path: name, WithData: true})
		if err != nil {
			return nil, err
		}
		file.Volume, file.Name = "copies", "from-alpha/"+name
		c.copied[file.Name] = file.Data
		ops = append(ops, &storage.Op{Put: file})
	}
	deleted := ops[len(ops)-1].Put.Name
	delete(c.copied, deleted)
	return append(ops,
		&storage.Op{Delete: &storage.DeleteFileRequest{Volume: "copies", Path: deleted}},
		&storage.Op{Put: &storage.FileInfo{Volume: "copies", Name: "../../escaped", Data: []byte("!"), Size: 1}}), nil
}

// sendAll sends operations and says that there are no more.
func sendAll(stream *grid.Duplex[*storage.Op, *storage.Ack], ops []*storage.Op) error {
	for _, op := range ops {
		if err := stream.Send(op); err != nil {
			return err
		}
	}
	return stream.CloseSend()
}

func describe(op *storage.Op) string {
	switch op.Which() {
	case storage.OpPut:
		return "put " + op.Put.Name
	case storage.OpDelete:
		return "delete " + op.Delete.Path
	default:
		return "nothing"
	}
}

// checkReplicated compares acknowledgements and files with what they should be.
func (c *cluster) checkReplicated(ops []*storage.Op, acks []*storage.Ack) error {
	if len(acks) != len(ops) {
		return fmt.Errorf("%d operations, %d acknowledgements", len(ops), len(acks))
	}
	for i, ack := range acks {
		if refused := i == len(ops)-1; ack.Seq != uint64(i+1) || ack.Failed != refused {
			return fmt.Errorf("acknowledgement %d is %+v", i+1, ack)
		}
	}
	for name, want := range c.copied {
		got, err := os.ReadFile(c.folder("gamma", "disk2", "copies", name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s did not arrive as it was", name)
		}
	}
	gone := c.folder("gamma", "disk2", "copies", "from-alpha", toCopy[len(toCopy)-1])
	for _, name := range []string{gone, c.folder("gamma", "escaped"), c.folder("escaped")} {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s should not be there: os.Stat said %s", name, fmt.Sprint(err)) // nil, mostly
		}
	}
	c.print("   The %d files are in gamma's folder, byte for byte; the deleted one is gone; the one that wanted", len(c.copied))
	c.print("   to be written outside of the disk was refused, and nothing else suffered from it.")
	return nil
}

// reverse calls in the direction opposite to the one that was used so far.
func (c *cluster) reverse(ctx context.Context) error {
	alpha, beta := c.alpha.manager, c.beta.manager
	sockets := c.alpha.sockets.Load() + c.beta.sockets.Load()
	file, err := c.beta.disk("alpha", "disk1").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "source", Path: "node.go", WithData: true})
	if err != nil {
		return err
	}
	if !bytes.Equal(file.Data, c.copied["from-alpha/node.go"]) {
		return errors.New("beta read something else than alpha did")
	}
	c.print("   beta read source/node.go from alpha: %d bytes.", file.Size)
	here, there := alpha.Connection("beta").State().Session, beta.Connection("alpha").State().Session
	if now := c.alpha.sockets.Load() + c.beta.sockets.Load(); now != sockets || here != 1 || there != 1 {
		return fmt.Errorf("%d sockets were accepted before and %d after, session %d here and %d there", sockets, now, here, there)
	}
	c.print("   No socket was opened for it: it is still session 1 of the pair, seen from both ends.")
	return nil
}
