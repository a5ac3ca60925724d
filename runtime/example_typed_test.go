package grid_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

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
	lengths := grid.NewStreamingHandler(15, grid.NewNoPayload, grid.NewBytes, grid.NewBytes)
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

// The core shape of a typed stream: no goroutine but the handler's own. Leaving
// the loop ends the stream.
func ExampleReceiver_All() {
	count := grid.NewStreamingHandler(4, grid.NewBytes, grid.NewNoPayload, grid.NewBytes, grid.WithCapacity(0, 8))
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.Register(count.Handle(func(_ context.Context, prefix *grid.Bytes, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*grid.Bytes]) error {
			for i := 0; ; i++ {
				if err := out.Send(grid.NewBytesWith(fmt.Appendf(nil, "%s%d", *prefix, i))); err != nil {
					return err // the client has left
				}
			}
		}))
	})
	defer end()
	st, err := count.OpenReceiver(ctx, mesh.Connection("a", "b"), grid.NewBytesWith([]byte("n")))
	if err != nil {
		fmt.Println(err)
		return
	}
	for msg, err := range st.All() {
		if err != nil || string(*msg) == "n3" {
			fmt.Println("left at", string(*msg), err)
			break
		}
	}
	// Output: left at n3 <nil>
}

// An upload: the client sends, and asks for the handler's verdict.
func ExampleUpload_Finish() {
	sum := grid.NewStreamingHandler(5, grid.NewNoPayload, grid.NewBytes, grid.NewNoPayload)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.Register(sum.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.NoPayload]) error {
			total := 0
			for {
				msg, err := in.Recv()
				if err == io.EOF {
					return grid.NewError(grid.InvalidArgument, fmt.Sprint(total, " bytes are too few"))
				}
				if err != nil {
					return err
				}
				total += len(*msg)
			}
		}))
	})
	defer end()
	up, err := sum.OpenUpload(ctx, mesh.Connection("a", "b"), &grid.NoPayload{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		if err := up.Send(grid.NewBytesWith([]byte("abc"))); err != nil {
			break // Finish tells why
		}
	}
	err = up.Finish()
	fmt.Println(err, errors.Is(err, grid.ErrInvalidArgument), grid.IsRemote(err))
	// Output: grid: invalid_argument: 9 bytes are too few (remote, ran) true true
}

// The channel shape of typed streams, for handlers that take no input.
func ExampleStreamingHandler_RegisterNoInput() {
	words := grid.NewStreamingHandler(6, grid.NewURLValues, grid.NewNoPayload, grid.NewMSS)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return words.RegisterNoInput(m, func(ctx context.Context, query *grid.URLValues, out chan<- *grid.MSS) error {
			for _, word := range query.Values()["word"] {
				select {
				case out <- grid.NewMSSWith(map[string]string{"word": word, "node": m.Name()}):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	defer end()
	st, err := words.Call(ctx, mesh.Connection("a", "b"), grid.NewURLValuesWith(url.Values{"word": {"x", "y"}}))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = st.Results(func(m *grid.MSS) error {
		fmt.Println(m.Get("node"), m.Get("word"))
		return nil
	})
	fmt.Println(err)
	// Output:
	// b x
	// b y
	// <nil>
}

// Types without msgp methods travel as JSON, and lists of messages as Array.
func ExampleNewJSON() {
	type point struct{ X, Y int }
	newPoint := grid.NewJSON[point]
	mirror := grid.NewSingleHandler(7, grid.NewArray(newPoint), grid.NewArray(newPoint))
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return mirror.Register(m, func(_ context.Context, req *grid.Array[*grid.JSON[point]]) (*grid.Array[*grid.JSON[point]], error) {
			for _, p := range req.Items {
				p.Value.X, p.Value.Y = p.Value.Y, p.Value.X
			}
			return req, nil
		})
	})
	defer end()
	answer, err := mirror.Call(ctx, mesh.Connection("a", "b"), grid.NewArrayWith([]*grid.JSON[point]{grid.NewJSONWith(point{1, 2})}))
	fmt.Println(answer.Items[0].Value, err)
	// Output: {2 1} <nil>
}
