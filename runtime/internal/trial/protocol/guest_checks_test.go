package protocol_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// What a guest sends is checked by the node's own rules, and in its access log, as what
// others send.
func TestChecksAndAccessLogOfGuests(t *testing.T) {
	remove := grid.NewSingleHandler(50, storage.NewDeleteFileRequest, grid.NewNoPayload, grid.WithName("test.Files.Delete"))
	book := &trial.LogBook{}
	d := guestsAt(t, func(o *grid.Options) {
		o.Observers = []grid.Observer{grid.AccessLog(slog.New(slog.NewTextHandler(book, nil)))}
		o.Checks = []grid.Check{grid.CheckOf(func(ctx context.Context, req *storage.DeleteFileRequest) error {
			if user := grid.GetCallerInfo(ctx).User; req.Volume != user {
				return errors.New("the volume of " + user + " only")
			}
			return nil
		})}
		o.Register = func(m *grid.Manager) error {
			return remove.Register(m, func(context.Context, *storage.DeleteFileRequest) (*grid.NoPayload, error) {
				return grid.NewNoPayload(), nil
			})
		}
	}, func(o *grid.GuestOptions) { o.Handlers = []string{"50"} })
	s, _ := d.enter(t, "tab1")
	for i, volume := range []string{"ann", "bob"} {
		payload, err := (&storage.DeleteFileRequest{Volume: volume}).MarshalMsg(nil)
		if err != nil {
			t.Fatal(err)
		}
		trial.SendFrames(t, s, peer.NewFrame(peer.Call, 2*i+1, 0, 0, 0, payload))
		if volume == "ann" {
			trial.ExpectFrame(t, s, peer.Reply)
			continue
		}
		f := trial.ExpectFrame(t, s, peer.Error)
		f.Uvarint()
		if got := trial.FailureOf(f); got != "2 invalid_argument" || !strings.Contains(string(f.Body), "the volume of ann only") {
			t.Errorf("%s %q", got, f.Body)
		}
	}
	book.Await(t, "level=INFO", "handler=test.Files.Delete", "peer=tab1.ann", "user=ann", "outcome=ran", "request.Volume=ann")
	book.Await(t, "level=WARN", "handler=test.Files.Delete", "user=ann", "outcome=rejected", "code=invalid_argument", "request.Volume=bob")
}
