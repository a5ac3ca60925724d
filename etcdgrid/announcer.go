package etcdgrid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"
)

const (
	defaultTTL = 10 * time.Second
	minPause   = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Announcer keeps a node announced in etcd, under a lease that the node's end, however
// it comes, lets run out. Its fields do not change once it is used; the client stays
// the caller's.
type Announcer struct {
	Client *clientv3.Client
	Prefix string // as Resolver.Prefix
	// Peer is the node: its name, and the address at which the others dial it.
	Peer grid.Peer
	// TTL is how long the node stays announced after it has died, in whole seconds; etcd
	// makes 2 of 1. What is shorter than an election of etcd, a second as a rule, makes
	// nodes vanish with each. 0: 10 seconds.
	TTL time.Duration
	// Logger is told when the announcement is lost, and when it stands again. Nil means
	// slog.Default.
	Logger *slog.Logger
}

// Run announces the node, and again whenever that is lost, until ctx ends; then it takes
// the announcement back and returns nil. It returns an error at once only for what will
// not get better: no name, or no prefix.
func (a *Announcer) Run(ctx context.Context) error {
	prefix, err := folder(a.Prefix)
	if err != nil {
		return err
	}
	if a.Peer.Name == "" {
		return errors.New("etcdgrid: Announcer.Peer has no name")
	}
	announced := &announced{a: a, key: prefix + a.Peer.Name, log: a.Logger}
	if announced.log == nil {
		announced.log = slog.Default()
	}
	announced.run(ctx)
	return nil
}

// announced is a Run under way. It belongs to one goroutine.
type announced struct {
	a     *Announcer
	key   string
	log   *slog.Logger
	lease clientv3.LeaseID // 0: none
	fault string           // that was logged last
	rival bool             // another announces the same name, which was logged
}

func (x *announced) run(ctx context.Context) {
	for pause := minPause; ; {
		err := x.register(ctx)
		if err == nil {
			x.stands()
			pause = minPause
			err = x.keep(ctx)
		}
		if ctx.Err() != nil {
			x.withdraw()
			return
		}
		x.lost(err)
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
		}
		pause = min(2*pause, maxPause)
	}
}

// stands and lost tell the operator, once for each reason.
func (x *announced) stands() {
	if x.fault != "" {
		x.log.Info("etcdgrid: the node is announced again", "key", x.key)
		x.fault = ""
	}
}

func (x *announced) lost(err error) {
	if text := err.Error(); text != x.fault {
		x.fault = text
		x.log.Warn("etcdgrid: the node is not announced; it will be tried again", "key", x.key, "error", err)
	}
}

func (x *announced) ttl() time.Duration { return orDefault(x.a.TTL, defaultTTL) }

// register puts the node under a new lease. It takes the key from whoever had it: that is
// this node as it was before.
func (x *announced) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	lease, err := x.a.Client.Grant(ctx, int64((x.ttl()+time.Second-1)/time.Second))
	if err != nil {
		return fmt.Errorf("asking for a lease: %w", err)
	}
	x.lease = lease.ID
	return x.put(ctx)
}

func (x *announced) put(ctx context.Context) error {
	if _, err := x.a.Client.Put(ctx, x.key, x.a.Peer.Address, clientv3.WithLease(x.lease)); err != nil {
		return fmt.Errorf("announcing the node: %w", err)
	}
	return nil
}

// keep keeps the lease alive, and the key there, until one of them is lost.
func (x *announced) keep(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	alive, err := x.a.Client.KeepAlive(ctx, x.lease)
	if err != nil {
		return fmt.Errorf("keeping the lease: %w", err)
	}
	tick := time.NewTicker(x.ttl())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-alive:
			if !open { // it does not say why
				return errors.New("the lease has run out, or etcd cannot be reached")
			}
		case <-tick.C:
			if err := x.look(ctx); err != nil {
				return err
			}
		}
	}
}

// look puts the key back if somebody has removed it. Where another has announced the same
// name since, that one stands.
func (x *announced) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	answer, err := x.a.Client.Get(ctx, x.key)
	switch {
	case err != nil:
		return nil // the lease will tell
	case len(answer.Kvs) == 0:
		return x.put(ctx)
	}
	rival := answer.Kvs[0].Lease != int64(x.lease)
	if rival && !x.rival {
		x.log.Warn("etcdgrid: another process announces this name", "key", x.key, "address", string(answer.Kvs[0].Value))
	}
	x.rival = rival
	return nil
}

// withdraw takes the announcement back, if etcd can be reached; else the lease runs out.
func (x *announced) withdraw() {
	if x.lease == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = x.a.Client.Revoke(ctx, x.lease)
}
