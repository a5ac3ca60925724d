package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// inFlight is how long a call is given to reach gamma, which does not answer.
const inFlight = 300 * time.Millisecond

// answered is how a call ended that ran beside the tour.
type answered struct {
	file *storage.FileInfo
	err  error
}

// crash kills gamma while a stream and two calls are under way.
func (c *cluster) crash(ctx context.Context) error {
	disk := c.alpha.disk("gamma", "disk1")
	walk, err := disk.WalkDir(ctx, &storage.WalkDirOptions{Bucket: "many", Recursive: true})
	if err != nil {
		return err
	}
	defer walk.Close()
	entry, err := walk.Recv()
	if err != nil {
		return err
	}
	c.print("   alpha walks through the %d files of many, and has got %s.", manyFiles, entry.Name)

	frozen := c.gamma.freeze() == nil
	called := make(chan error, 1)
	if frozen {
		if err := c.waitFrozen(ctx); err != nil {
			return err
		}
		c.callFrozen(ctx, called)
		time.Sleep(inFlight)
		c.print("   alpha calls it twice more, with time to wait: DiskInfo and ReadVersion.")
	}
	began := time.Now()
	c.gamma.kill()
	c.print("   gamma is killed by SIGKILL: %v.", c.gamma.status)
	if frozen {
		if err := expect(<-called, grid.MayHaveRun); err != nil {
			return fmt.Errorf("DiskInfo: %w", err)
		}
		c.print("   DiskInfo failed %s later: nobody can know whether gamma had begun, so the error says MayHaveRun.", took(began))
	}
	if err := c.walkCut(walk); err != nil {
		return err
	}
	return c.afterwards(ctx)
}

// waitFrozen calls gamma until it does not answer: a process goes on for a moment
// after SIGSTOP was sent. A deadline frees the caller all the same.
func (c *cluster) waitFrozen(ctx context.Context) error {
	for {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		_, err := c.alpha.disk("gamma", "disk1").DiskInfo(short, storage.NewDiskInfoOptions())
		cancel()
		switch {
		case err == nil:
			continue
		case !errors.Is(err, grid.ErrDeadlineExceeded) || grid.OutcomeOf(err) != grid.MayHaveRun:
			return fmt.Errorf("gamma is stopped, so a call should end with its deadline; it did with: %w", err)
		}
		c.print("   gamma is stopped by SIGSTOP: its connections are up, but a call with a deadline of 100ms ends with it: %v.", err)
		return ctx.Err()
	}
}

// callFrozen calls gamma twice without waiting for the answers. ReadVersion is
// declared @idempotent, so its stub may call again once gamma is back.
func (c *cluster) callFrozen(ctx context.Context, called chan<- error) {
	go func() {
		_, err := c.alpha.disk("gamma", "disk1").DiskInfo(ctx, storage.NewDiskInfoOptions())
		called <- err
	}()
	c.asked = make(chan answered, 1)
	go func() {
		file, err := c.alpha.disk("gamma", "disk2").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "copies", Path: "from-alpha/disk.go", WithData: true})
		c.asked <- answered{file, err}
	}()
}

// expect returns nil if err says that the connection was lost, with this outcome.
func expect(err error, outcome grid.Outcome) error {
	if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != outcome || grid.IsRemote(err) {
		return fmt.Errorf("the error should say: disconnected, %s; it is: %w", outcome, cmp.Or(err, errNone))
	}
	return nil
}

var errNone = errors.New("no error at all")

// walkCut reads what is left of the walk. It must not look complete.
func (c *cluster) walkCut(walk *grid.Receiver[*storage.WalkEntry]) error {
	n := 1
	for _, err := range walk.All() {
		if err == nil {
			n++
			continue
		}
		if err := expect(err, grid.MayHaveRun); err != nil {
			return fmt.Errorf("WalkDir: %w", err)
		}
		c.print("   WalkDir ended after %d of %d files, with an error: a list that was cut short never looks complete.", n, manyFiles)
		return nil
	}
	return fmt.Errorf("WalkDir ended well after %d entries", n)
}

// afterwards calls gamma while it is away, and beta, which does not mind.
func (c *cluster) afterwards(ctx context.Context) error {
	_, err := c.alpha.disk("gamma", "disk1").DiskInfo(ctx, storage.NewDiskInfoOptions())
	if err := expect(err, grid.NotSent); err != nil {
		return fmt.Errorf("DiskInfo of a server that is away: %w", err)
	}
	c.print("   A call now fails at once, NotSent: it is safe to do it elsewhere.")
	if _, err := c.alpha.disk("beta", "disk1").DiskInfo(ctx, storage.NewDiskInfoOptions()); err != nil {
		return err
	}
	c.print("   alpha and beta go on as if nothing had happened.")
	return nil
}

// comeback starts gamma again at its old address and waits for the others to
// find it, which is their own doing.
func (c *cluster) comeback(ctx context.Context) (err error) {
	began := time.Now()
	alpha, beta := peer(c.alpha), peer(c.beta)
	if c.gamma, err = c.startGamma(ctx, c.gamma.address, alpha, beta); err != nil {
		return err
	}
	c.print("   gamma runs again, as process %d.", c.gamma.cmd.Process.Pid)
	for _, n := range []*node{c.alpha, c.beta} {
		conn := n.manager.Connection("gamma")
		if err := conn.WaitConnected(ctx); err != nil {
			return err
		}
		session := conn.State().Session
		if session != 2 {
			return fmt.Errorf("%s and gamma are in session %d", n.manager.Name(), session)
		}
		c.print("   %s is connected with it again after %s, session %d, same *grid.Connection.", n.manager.Name(), took(began), session)
	}
	if c.asked != nil {
		a := <-c.asked
		if a.err != nil {
			return fmt.Errorf("the ReadVersion that was under way: %w", a.err)
		}
		if !bytes.Equal(a.file.Data, c.copied["from-alpha/disk.go"]) {
			return errors.New("the ReadVersion that was under way brought something else")
		}
		c.print("   The ReadVersion that was under way has its answer: the .grid file says @idempotent, so its stub called again.")
	}
	return c.stillThere(ctx)
}

// peer returns how others know a node.
func peer(n *node) grid.Peer { return grid.Peer{Name: n.manager.Name(), Address: n.address} }

// stillThere asks gamma for what it was given before it was killed.
func (c *cluster) stillThere(ctx context.Context) error {
	for name, want := range c.copied {
		file, err := c.beta.disk("gamma", "disk2").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "copies", Path: name, WithData: true})
		if err != nil {
			return err
		}
		if !bytes.Equal(file.Data, want) {
			return fmt.Errorf("%s has changed", name)
		}
	}
	c.print("   What was acknowledged before is still there: beta reads all %d copies from gamma.", len(c.copied))
	return nil
}

// leave ends the servers in good order.
func (c *cluster) leave(ctx context.Context) error {
	if err := c.gamma.end(ctx); err != nil {
		return fmt.Errorf("gamma: %w", err)
	}
	for _, n := range []*node{c.alpha, c.beta} {
		if err := n.stop(ctx); err != nil {
			return fmt.Errorf("%s: %w", n.manager.Name(), err)
		}
	}
	c.print("   gamma ended with status 0, beta and alpha are closed; the folder goes with them.")
	return nil
}
