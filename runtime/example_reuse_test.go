package grid_test

import (
	"context"
	"fmt"
	"io"

	grid "github.com/gridrpc/gridc/runtime"
)

// One response for all calls. Generated clients have this as XInto, where the
// schema says @reuse.
func ExampleSingleHandler_CallInto() {
	square := grid.NewSingleHandler(14, grid.NewBytes, grid.NewBytes, grid.WithReuse())
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return square.Register(m, func(_ context.Context, req *grid.Bytes) (*grid.Bytes, error) {
			*req = append(*req, *req...) // the response may be the request; neither may be kept
			return req, nil
		})
	})
	defer end()
	conn, resp := mesh.Connection("a", "b"), grid.NewBytes()
	first := ""
	for _, text := range []string{"tic", "ta", "toe"} {
		if err := square.CallInto(ctx, conn, grid.NewBytesWith([]byte(text)), resp); err != nil {
			fmt.Println(err)
			return
		}
		if first == "" {
			first = string(*resp) // a copy, which the next call leaves alone
		}
		fmt.Println(string(*resp))
	}
	fmt.Println("the first was", first)
	// Output:
	// tictic
	// tata
	// toetoe
	// the first was tictic
}

// One message for all of a stream, at both ends.
func ExampleReceiver_RecvInto() {
	lengths := grid.NewStream(15, grid.NewNoPayload, grid.NewBytes, grid.NewBytes)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.Register(lengths.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			var word, answer grid.Bytes
			for {
				err := in.RecvInto(&word)
				if err == io.EOF {
					return nil
				}
				if err != nil {
					return err
				}
				answer = fmt.Appendf(answer[:0], "%s has %d", word, len(word))
				if err := out.Send(&answer); err != nil { // Send keeps nothing
					return err
				}
			}
		}))
	})
	defer end()
	st, err := lengths.Open(ctx, mesh.Connection("a", "b"), grid.NewNoPayload())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	var answer grid.Bytes
	for _, word := range []string{"fourteen", "three", "six"} {
		if err := st.Send(grid.NewBytesWith([]byte(word))); err != nil {
			fmt.Println(err)
			return
		}
		if err := st.RecvInto(&answer); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(answer))
	}
	fmt.Println(st.CloseSend(), st.RecvInto(&answer))
	// Output:
	// fourteen has 8
	// three has 5
	// six has 3
	// <nil> EOF
}
