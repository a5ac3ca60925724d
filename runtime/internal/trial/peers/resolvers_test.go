package peers_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Every Resolver that comes with the runtime does what grid.Resolver says.
func TestResolversConform(t *testing.T) {
	t.Run("static", func(t *testing.T) {
		gridtest.TestResolver(t, func(*testing.T) gridtest.Registry {
			return gridtest.Registry{Resolver: grid.StaticResolver(peerAt("one", "one"), peerAt("two", "two"))}
		})
	})
	t.Run("scripted", func(t *testing.T) {
		gridtest.TestResolver(t, func(*testing.T) gridtest.Registry {
			r := gridtest.NewResolver()
			var last []grid.Peer
			return gridtest.Registry{Resolver: r,
				Set:   func(peers []grid.Peer) { last = peers; r.Name(peers...) },
				Break: func() { r.Fail(errors.New("stopped")) }, Mend: func() { r.Name(last...) }}
		})
	})
	t.Run("DNS", func(t *testing.T) {
		gridtest.TestResolver(t, func(*testing.T) gridtest.Registry {
			n := &nameServer{}
			var last []net.SRV
			return gridtest.Registry{
				Resolver: &grid.DNSResolver{Service: "grid", Proto: "tcp", Domain: "example.test.", Interval: 5 * time.Millisecond, Resolver: n.resolver()},
				Set: func(peers []grid.Peer) {
					last = records(peers)
					n.set(last...)
				},
				Break: func() { n.set() }, Mend: func() { n.set(last...) },
				Name: func(name string) string { return name + ".example.test" },
			}
		})
	})
}

// records are those of peers, each at the port of its address.
func records(peers []grid.Peer) (all []net.SRV) {
	for _, p := range peers {
		_, port, _ := strings.Cut(p.Address, ":")
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			panic(err)
		}
		all = append(all, net.SRV{Target: p.Name + ".example.test.", Port: uint16(n)})
	}
	return all
}
