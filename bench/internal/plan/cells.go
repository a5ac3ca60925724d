package plan

import (
	"slices"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// Unary are the calls that the first goals are about.
func Unary() []load.Cell {
	return []load.Cell{
		{Kind: load.Echo, Size: 512, Flight: 1},
		{Kind: load.Echo, Size: 512, Flight: 16},
		{Kind: load.Echo, Size: 512, Flight: 256},
		{Kind: load.Echo, Size: 64 << 10, Flight: 1},
		{Kind: load.Echo, Size: 1 << 20, Flight: 16},
	}
}

// Many is calls of 64 KiB, many at a time.
func Many() load.Cell { return load.Cell{Kind: load.Echo, Size: 64 << 10, Flight: 16} }

// Beside is a small call beside large ones.
func Beside() load.Cell { return load.Cell{Kind: load.Beside, Size: 512, Pumps: 2} }

// BesideOne is the same beside one, with more threads than processors.
func BesideOne() load.Cell { return load.Cell{Kind: load.Beside, Size: 512, Pumps: 1, Procs: 8} }

func besides() []load.Cell { return []load.Cell{Beside(), BesideOne()} }

// Due are small calls that are due at a fixed rate beside so many large ones.
func Due(pumps int) load.Cell {
	return load.Cell{Kind: load.Due, Size: 64, PerSecond: 2000, Pumps: pumps}
}

// Half are calls that are due at half of what grpc-go can do.
func Half() load.Cell { return load.Cell{Kind: load.Due, Size: 512, Load: "half"} }

// open are the cells with calls that are due at a fixed rate.
func open() []load.Cell { return []load.Cell{Due(0), Due(1), Due(2), Half()} }

// Mesh are nodes that call each other.
func Mesh(nodes int) load.Cell { return load.Cell{Kind: load.Mesh, Size: 512, Count: nodes} }

// Start is a node that starts where others are.
func Start() load.Cell { return load.Cell{Kind: load.Start, Count: crowd} }

// Crowd is a node with so many peers, of which it calls one.
func Crowd(peers int) load.Cell {
	return load.Cell{Kind: load.Crowd, Size: 512, Flight: 16, Count: peers}
}

// The sizes of clusters.
const (
	MeshNodes = 32
	crowd     = 100
)

// Clusters of two sizes: what does the larger one cost?
func clusters() []load.Cell {
	return []load.Cell{Mesh(2), Mesh(MeshNodes), Start(), Crowd(1), Crowd(crowd)}
}

func idle() []load.Cell {
	return []load.Cell{
		{Kind: load.Sessions, Count: Sessions},
		{Kind: load.Streams, Count: Streams},
	}
}

func calls() (cells []load.Cell) {
	for _, size := range []int{0, 512, 4 << 10, 64 << 10, 1 << 20} {
		for _, flight := range []int{1, 16, 256} {
			cells = append(cells, load.Cell{Kind: load.Echo, Size: size, Flight: flight})
		}
	}
	return cells
}

func streams() (cells []load.Cell) {
	for _, kind := range []load.Kind{load.Down, load.Up, load.PingPong, load.Duplex} {
		for _, size := range []int{512, 64 << 10} {
			cells = append(cells, load.Cell{Kind: kind, Size: size})
		}
	}
	return cells
}

// The ways in which a cell is measured.
func plain(c load.Cell) load.Cell { return c }

// Split is the same with the server in a process of its own.
func Split(c load.Cell) load.Cell { c.Split = true; return c }

// Secure is the same over TLS.
func Secure(c load.Cell) load.Cell { c.TLS = true; return c }

// each is the same for several.
func each(way func(load.Cell) load.Cell, cells ...load.Cell) []load.Cell {
	all := slices.Clone(cells)
	for i, c := range all {
		all[i] = way(c)
	}
	return all
}
