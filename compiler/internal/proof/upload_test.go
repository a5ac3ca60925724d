package proof

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Gather answers with all that it got.
func (audited) Gather(_ context.Context, p *forms.Point, in *grid.Receiver[*forms.Point]) (*forms.Bad, error) {
	text := fmt.Sprint(p.X)
	for p, err := range in.All() {
		if err != nil {
			return nil, err
		}
		text += fmt.Sprint(" ", p.X)
	}
	return &forms.Bad{Path: text}, nil
}

// Sum answers with a message that it received, which is used again.
func (audited) Sum(_ context.Context, in *grid.Receiver[*forms.Point]) (*forms.Point, error) {
	var x float32
	for {
		p, err := in.Recv()
		if err == io.EOF {
			return &forms.Point{X: x}, nil
		}
		if err != nil {
			return nil, err
		}
		if x += p.X; p.X == 0 {
			p.X = x
			return p, nil
		}
	}
}

// The generated client and server of streams that end with a response.
func TestUploadsWithAResponse(t *testing.T) {
	mesh := gridtest.New(t, gridtest.Options{
		Nodes:    []string{"a", "b"},
		Register: func(node *gridtest.Node) error { return forms.RegisterAudited(node.Manager(), audited{}) },
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := forms.NewAuditedClient(mesh.Connection("a", "b"))
	gather, err := client.Gather(t.Context(), &forms.Point{X: 1})
	if err != nil {
		t.Fatal(err)
	}
	for x := range 9 {
		if err := gather.Send(&forms.Point{X: float32(x)}); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := gather.CloseAndRecv(); err != nil || all.Path != "1 0 1 2 3 4 5 6 7 8" {
		t.Errorf("Gather: %v, %v", all, err)
	}
	sum, err := client.Sum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []float32{7, 5, 0} {
		if err := sum.Send(&forms.Point{X: x}); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := sum.CloseAndRecv(); err != nil || p.X != 12 {
		t.Errorf("Sum: %v, %v", p, err)
	}
}
