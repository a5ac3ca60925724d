package proof

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/rules"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// ruledServer counts what its handlers get.
type ruledServer struct {
	rules.UnimplementedRulesServer
	mu  sync.Mutex
	ran []string
	in  []string // the ends of streams, as handlers saw them
}

func (s *ruledServer) note(list *[]string, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, what)
}

func (s *ruledServer) take(list *[]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(*list, "; ")
	*list = nil
	return text
}

func (s *ruledServer) Join(context.Context, *rules.Group) (*rules.Address, error) {
	s.note(&s.ran, "Join")
	return &rules.Address{Port: 20_000}, nil // answers are not checked
}

func (s *ruledServer) Limit(_ context.Context, req *rules.Limits) (*rules.Limits, error) {
	s.note(&s.ran, "Limit")
	return req, nil
}

func (s *ruledServer) Choose(context.Context, *rules.Choice) error {
	s.note(&s.ran, "Choose")
	return nil
}

func (s *ruledServer) Talk(_ context.Context, _ *rules.Address, in *grid.Receiver[*rules.Address], out *grid.Sender[*rules.Address]) error {
	s.note(&s.ran, "Talk")
	for a, err := range in.All() {
		if err != nil {
			s.note(&s.in, err.Error())
			return err
		}
		if err := out.Send(a); err != nil {
			return err
		}
	}
	return nil
}

func (s *ruledServer) Load(_ context.Context, in *grid.Receiver[*rules.Place]) (*rules.Limits, error) {
	s.note(&s.ran, "Load")
	var p rules.Place
	for {
		err := in.RecvInto(&p)
		if err == io.EOF {
			return &rules.Limits{}, nil
		}
		if err != nil {
			s.note(&s.in, err.Error())
			return nil, err
		}
	}
}

// ruledMesh is two nodes that serve the rules, with checks of their own.
func ruledMesh(t *testing.T, checks ...grid.Check) (*ruledServer, *grid.Connection) {
	s := &ruledServer{}
	mesh := gridtest.New(t, gridtest.Options{
		Nodes:     []string{"a", "b"},
		Configure: func(_ string, o *grid.Options) { o.Checks = checks },
		Register:  func(node *gridtest.Node) error { return rules.RegisterRules(node.Manager(), s) },
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, mesh.Connection("a", "b")
}

// wantRefused looks for a refusal with a code, an outcome and a text.
func wantRefused(t *testing.T, err error, code grid.Code, outcome grid.Outcome, text string) {
	t.Helper()
	var e *grid.Error
	if !errors.As(err, &e) || e.Code != code || e.Outcome != outcome || !strings.Contains(e.Message, text) {
		t.Errorf("got  %v\nwant %s, %s: %s", err, code, outcome, text)
	}
}

// What breaks a rule is not sent, in any form of a call.
func TestRulesAtTheCaller(t *testing.T) {
	s, c := ruledMesh(t)
	client, bad := rules.NewRulesClient(c), &rules.Address{Host: "a"}
	_, err := client.Join(t.Context(), &rules.Group{Bucket: "c"})
	wantRefused(t, err, grid.InvalidArgument, grid.NotSent, `the request breaks a rule of its schema: rules.Group.bucket: a bucket's name begins with "b-"`)
	var broken *codec.Violation
	if !errors.As(err, &broken) || broken.Path != "bucket" || broken.Message != "rules.Group" {
		t.Errorf("there is no violation in %v", err)
	}
	_, err = client.Limit(t.Context(), &rules.Limits{Name: "12345"})
	wantRefused(t, err, grid.InvalidArgument, grid.NotSent, "rules.Limits.name: over the limit: 5 bytes, at most 4")
	wantRefused(t, client.Choose(t.Context(), &rules.Choice{Address: bad}), grid.InvalidArgument, grid.NotSent, "rules.Choice.address.port: against a rule: 0, at least 1")
	_, err = client.Talk(t.Context(), bad)
	wantRefused(t, err, grid.InvalidArgument, grid.NotSent, "rules.Address.port")
	_, err = client.Watch(t.Context(), bad)
	wantRefused(t, err, grid.InvalidArgument, grid.NotSent, "rules.Address.port")
	if ran := s.take(&s.ran); ran != "" {
		t.Errorf("ran: %s", ran)
	}

	good := goodAddress()
	talk, err := client.Talk(t.Context(), &good)
	if err != nil {
		t.Fatal(err)
	}
	if err := talk.Send(&good); err != nil {
		t.Error(err)
	}
	err = talk.Send(bad)
	if !errors.Is(err, grid.ErrInvalidArgument) || !strings.Contains(err.Error(), "the message breaks a rule of its schema: rules.Address.port: against a rule: 0, at least 1") {
		t.Errorf("sent, or %v", err)
	}
	for range talk.All() { // what came before, and the end
	}
	load, err := client.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = load.Send(&rules.Place{X: -1}) // CloseAndRecv tells
	_, err = load.CloseAndRecv()
	if !errors.Is(err, grid.ErrInvalidArgument) || !strings.Contains(err.Error(), "rules.Place.x") {
		t.Errorf("uploaded, or %v", err)
	}
	if answer, err := client.Join(t.Context(), goodGroup()); err != nil || answer.Port != 20_000 {
		t.Errorf("answered %v, %v", answer, err)
	}
}

// byHand are the handlers as a caller knows them who has an older schema, without rules.
var (
	joinByHand  = grid.NewSingleHandler(1, rules.NewGroup, rules.NewAddress)
	limitByHand = grid.NewSingleHandler(2, grid.NewBytes, rules.NewLimits)
	talkByHand  = grid.NewStreamingHandler(4, rules.NewAddress, rules.NewAddress, rules.NewAddress)
	loadByHand  = grid.NewStreamingHandler(5, grid.NewNoPayload, rules.NewPlace, rules.NewLimits)
)

// What arrives all the same is refused before the handler gets it.
func TestRulesBeforeTheHandler(t *testing.T) {
	s, c := ruledMesh(t)
	bad, good := &rules.Address{Host: "a"}, goodAddress()
	_, err := joinByHand.Call(t.Context(), c, &rules.Group{Bucket: "b-", Pin: 7})
	wantRefused(t, err, grid.InvalidArgument, grid.Rejected, "the request breaks a rule of its schema: rules.Group.pin: against a rule: (secret), at least 1000")
	long := grid.Bytes{0x81, 1, 0xa5, 'h', 'e', 'l', 'l', 'o'}
	_, err = limitByHand.Call(t.Context(), c, &long)
	wantRefused(t, err, grid.InvalidArgument, grid.Rejected, "the request cannot be decoded")
	talk, err := talkByHand.Open(t.Context(), c, bad)
	if err == nil {
		_, err = talk.Recv()
	}
	wantRefused(t, err, grid.InvalidArgument, grid.Rejected, "rules.Address.port")
	if ran := s.take(&s.ran); ran != "" {
		t.Errorf("ran: %s", ran)
	}

	if talk, err = talkByHand.Open(t.Context(), c, &good); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(talk.Send(&good), talk.Send(bad)); err != nil {
		t.Error(err)
	}
	if answer, err := talk.Recv(); err != nil || answer.Host != good.Host {
		t.Errorf("of the message before: %v, %v", answer, err)
	}
	_, err = talk.Recv()
	wantRefused(t, err, grid.InvalidArgument, grid.Ran, "a message of the stream breaks a rule of its schema: rules.Address.port")
	load, err := loadByHand.OpenAnsweredUpload(t.Context(), c, grid.NewNoPayload())
	if err != nil {
		t.Fatal(err)
	}
	_ = load.Send(&rules.Place{X: -1})
	_, err = load.CloseAndRecv()
	wantRefused(t, err, grid.InvalidArgument, grid.Ran, "rules.Place.x")
	if in := s.take(&s.in); !strings.Contains(in, "rules.Address.port") || !strings.Contains(in, "rules.Place.x") {
		t.Errorf("the handlers saw %s", in)
	}
}

var errFull = errors.New("the group is full")

// A node's own rules are asked behind those of the schema, for each form of a message.
func TestChecks(t *testing.T) {
	var callers sync.Map
	s, c := ruledMesh(t,
		grid.CheckOf(func(ctx context.Context, g *rules.Group) error {
			callers.Store(grid.GetCaller(ctx), true)
			if g.Other == "full" {
				return errFull
			}
			return nil
		}),
		grid.CheckOf(func(_ context.Context, a *rules.Address) error {
			if a.Host == "no" {
				return grid.NewError(grid.PermissionDenied, "nobody may")
			}
			return nil
		}),
		grid.CheckOf(func(context.Context, *rules.Choice) error { return &rules.Refused{Why: "choice"} }),
		grid.CheckOf(func(_ context.Context, p *rules.Place) error {
			if p.X == 13 {
				return errFull
			}
			return nil
		}))
	client := rules.NewRulesClient(c)
	full := goodGroup()
	full.Other = "full"
	_, err := client.Join(t.Context(), full)
	wantRefused(t, err, grid.InvalidArgument, grid.Rejected, "the group is full")
	if _, err := client.Join(t.Context(), goodGroup()); err != nil {
		t.Error(err)
	}
	if _, called := callers.Load("a"); !called {
		t.Error("the check did not know the caller")
	}
	var refused *rules.Refused
	if err := client.Choose(t.Context(), &rules.Choice{}); !errors.As(err, &refused) || refused.Why != "choice" || grid.OutcomeOf(err) != grid.Rejected {
		t.Errorf("got %v", err)
	}
	no, good := &rules.Address{Host: "no", Port: 1}, goodAddress()
	talk, err := client.Talk(t.Context(), no)
	if err == nil {
		_, err = talk.Recv()
	}
	wantRefused(t, err, grid.PermissionDenied, grid.Rejected, "nobody may")
	if talk, err = client.Talk(t.Context(), &good); err != nil {
		t.Fatal(err)
	}
	if err := talk.Send(no); err != nil {
		t.Error(err)
	}
	_, err = talk.Recv()
	wantRefused(t, err, grid.PermissionDenied, grid.Ran, "nobody may")
	load, err := client.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = load.Send(&rules.Place{X: 13})
	_, err = load.CloseAndRecv()
	wantRefused(t, err, grid.InvalidArgument, grid.Ran, "the group is full")
	if ran := s.take(&s.ran); ran != "Join; Talk; Load" {
		t.Errorf("ran: %s", ran)
	}
	if _, err := grid.NewManager(grid.Options{Name: "a", Auth: grid.InsecureNoAuth(), Checks: []grid.Check{grid.CheckOf[*rules.Group](nil)}}); err == nil || !strings.Contains(err.Error(), "Options.Checks[0]") {
		t.Errorf("a check without a function: %v", err)
	}
}
