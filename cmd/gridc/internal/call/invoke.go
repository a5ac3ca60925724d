package call

import (
	"context"
	"fmt"
	"io"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Call is one call, but for its input.
type Call struct {
	Method   *Method
	Subroute string
	Metadata map[string]string
	Out      io.Writer // answers, one JSON value a line
}

// Invoke makes the call. Its error is a *Failure, but for one of Out.
func (p *Peer) Invoke(ctx context.Context, c *Call, in *Input) error {
	caller, err := p.caller(c.Method, c.Subroute)
	if err != nil {
		return err
	}
	if len(c.Metadata) > 0 {
		ctx = grid.WithMetadata(ctx, c.Metadata)
	}
	if c.Method.handler.Stream {
		return c.stream(ctx, caller, in)
	}
	request, err := in.only(c.Method)
	if err != nil {
		return err
	}
	h := grid.NewSingleHandler(c.id(), grid.NewBytes, grid.NewBytes, grid.WithName(c.Method.handler.Name), grid.WithSchema(c.Method.table))
	response, err := h.Call(ctx, caller, grid.NewBytesWith(request))
	if err != nil {
		return failed(err, c.Method)
	}
	return c.show(c.Method.handler.Response, *response)
}

func (c *Call) id() grid.HandlerID { return grid.HandlerID(c.Method.handler.ID) }

// show prints an answer, if there is one.
func (c *Call) show(ty *schema.Type, encoded []byte) error {
	codec := c.Method.codec()
	v, err := codec.Decode(ty, encoded)
	if err != nil {
		return &Failure{Code: grid.InvalidArgument, Outcome: grid.Ran, Message: "the answer cannot be decoded: " + text(err), Hint: "with --schema: is it the one that the node was built from?"}
	}
	if ty == nil {
		return nil
	}
	if _, err := c.Out.Write(append(codec.AppendJSON(nil, ty, v), '\n')); err != nil {
		return fmt.Errorf("the answer cannot be written: %w", err)
	}
	return nil
}
