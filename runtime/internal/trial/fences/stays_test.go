package fences_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// stay is code of others that is called and does not return, until the test ends.
type stay struct {
	release chan struct{}
	calls   atomic.Int64
}

// stays returns one, whose calls return when the returned function is called.
func stays() (*stay, func()) {
	s := &stay{release: make(chan struct{})}
	return s, sync.OnceFunc(func() { close(s.release) })
}

func (s *stay) put() {
	s.calls.Add(1)
	<-s.release
}

// once does not return the first time.
func (s *stay) once() {
	if s.calls.Add(1) == 1 {
		<-s.release
	}
}

// keepsItsOwn checks that a call or stream in which code of others never returns ends
// by its deadline, while other calls of its session go on.
func keepsItsOwn(t *testing.T, r trial.Role, s *stay, set trial.Setup, use func(ctx context.Context, w *trial.World) error) {
	t.Helper()
	w := r.World(t, set)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	stuck := make(chan error, 1)
	go func() { stuck <- use(ctx, w) }()
	for range 10 {
		w.Alive(t)
	}
	err := trial.Await(t, "its deadline", stuck)
	if !errors.Is(err, grid.ErrDeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call in which it did not return ended with %v", err)
	}
	if s.calls.Load() == 0 {
		t.Error("it was not called at all")
	}
	w.Alive(t)
}

// A message of a call, at the server, that never returns keeps its call.
func TestMessagesThatNeverReturn(t *testing.T) {
	for _, where := range []string{"new", "unmarshal", "size", "marshal"} {
		t.Run(where, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				s, release := stays()
				defer release()
				request, answer := slipping("", nil), slipping("", nil)
				if where == "new" || where == "unmarshal" {
					request = slipping(where, s.put)
				} else {
					answer = slipping(where, s.put)
				}
				h := grid.NewSingleHandler(trial.IdOther, request, slipping("", nil))
				keepsItsOwn(t, r, s, trial.Setup{Register: func(m *grid.Manager) error {
					return errors.Join(trial.RegisterEcho(m), h.Register(m, func(context.Context, *slipperyMessage) (*slipperyMessage, error) { return answer(), nil }))
				}}, func(ctx context.Context, w *trial.World) error {
					_, err := w.Conn.Request(ctx, trial.IdOther, nil)
					return err
				})
			})
		})
	}
}

// A message of a stream that never returns keeps its stream, in its handler and where
// a goroutine of the runtime moves messages from and to channels.
func TestMessagesOfStreamsThatNeverReturn(t *testing.T) {
	for _, where := range []string{"newPayload", "unmarshalPayload", "newIn", "unmarshalIn", "sizeOut", "marshalOut"} {
		for _, shape := range []string{"typed", "channels"} {
			t.Run(shape+" "+where, func(t *testing.T) {
				trial.EachRole(t, func(t *testing.T, r trial.Role) {
					s, release := stays()
					defer release()
					h, sound := slipperyStream(where, s.put), slipperyStream("", nil)
					keepsItsOwn(t, r, s, trial.Setup{Register: registerShape(shape, h)}, func(ctx context.Context, w *trial.World) error {
						st, err := sound.Open(ctx, w.Conn, sound.NewPayload())
						if err != nil {
							return err
						}
						_ = st.Send(sound.NewRequest())
						_, err = st.Recv()
						return err
					})
				})
			})
		}
	}
}

// registerShape registers a handler that takes a message and sends one.
func registerShape(shape string, h *grid.StreamingHandler[*slipperyMessage, *slipperyMessage, *slipperyMessage]) func(*grid.Manager) error {
	return func(m *grid.Manager) error {
		if shape == "typed" {
			return errors.Join(trial.RegisterEcho(m), m.Register(h.Handle(func(_ context.Context, _ *slipperyMessage, in *grid.Receiver[*slipperyMessage], out *grid.Sender[*slipperyMessage]) error {
				if _, err := in.Recv(); err != nil {
					return err
				}
				return out.Send(h.NewResponse())
			})))
		}
		return errors.Join(trial.RegisterEcho(m), h.Register(m, func(ctx context.Context, _ *slipperyMessage, in <-chan *slipperyMessage, out chan<- *slipperyMessage) error {
			select {
			case <-in:
				out <- h.NewResponse()
			case <-ctx.Done():
			}
			<-ctx.Done()
			return ctx.Err()
		}))
	}
}

// At a client with channels, too, the runtime moves messages. One of its own that it
// cannot take in holds up who ranges over them; what it is told afterwards is true.
func TestMessagesOfAClientsChannelsThatNeverReturn(t *testing.T) {
	for where, sends := range map[string]bool{"newOut": false, "unmarshalOut": false, "sizeIn": true, "marshalIn": true} {
		t.Run(where, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				s, release := stays()
				defer release()
				if !sends {
					time.AfterFunc(time.Minute, release)
				}
				client, sound := slipperyStream(where, s.put), slipperyStream("", nil)
				keepsItsOwn(t, r, s, trial.Setup{Register: registerShape("channels", sound)}, func(ctx context.Context, w *trial.World) error {
					st, err := client.Call(ctx, w.Conn, client.NewPayload())
					if err != nil {
						return err
					}
					st.Requests <- client.NewRequest()
					return st.Results(func(*slipperyMessage) error { return nil })
				})
			})
		})
	}
}

// An interceptor of the server that never returns keeps its call or stream.
func TestInterceptorsThatNeverReturn(t *testing.T) {
	for what, at := range map[string]struct{ stream, after bool }{
		"of a call, before": {}, "of a call, after": {after: true}, "of a stream, before": {stream: true}, "of a stream, after": {true, true},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				s, release := stays()
				defer release()
				mine := func(h *grid.HandlerInfo, next func() error) error {
					if h.ID == trial.IdCall {
						return next()
					}
					if at.after {
						_ = next()
					}
					s.put()
					return nil
				}
				keepsItsOwn(t, r, s, trial.Setup{Register: registerSound, Configure: func(_ *trial.World, _ string, o *grid.Options) {
					o.ServerInterceptors = []grid.Interceptor{{
						Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) (reply []byte, err error) {
							return reply, mine(h, func() error { reply, err = next(ctx, p); return err })
						},
						Stream: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
							return mine(h, func() error { return next(ctx, p) })
						},
					}}
				}}, func(ctx context.Context, w *trial.World) error {
					if !at.stream {
						_, err := w.Conn.Request(ctx, trial.IdOther, nil)
						return err
					}
					st, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message(""))
					if err != nil {
						return err
					}
					_, err = st.Recv()
					return err
				})
			})
		})
	}
}

func registerSound(m *grid.Manager) error {
	return errors.Join(trial.RegisterEcho(m), m.RegisterSingleHandler(trial.IdOther, trial.Echo),
		trial.TypedStream(2, 2, func(context.Context, string, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
			return nil
		})(m))
}

// An attempt to connect in which code of others never returns is given up, and said so;
// the next one connects the two.
func TestAttemptsThatNeverReturn(t *testing.T) {
	for what, put := range map[string]func(o *grid.Options, s *stay){
		"Options.Dial": func(o *grid.Options, s *stay) {
			dial := o.Dial
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) { s.once(); return dial(ctx, address) }
		},
		"Options.Random":       func(o *grid.Options, s *stay) { o.Random = func() float64 { s.once(); return 0 } },
		"Authenticator.Scheme": func(o *grid.Options, s *stay) { o.Auth = &slipperyAuth{o.Auth, map[string]func(){"scheme": s.once}} },
		"Authenticator.Prove":  func(o *grid.Options, s *stay) { o.Auth = &slipperyAuth{o.Auth, map[string]func(){"prove": s.once}} },
		"Authenticator.Verify": func(o *grid.Options, s *stay) { o.Auth = &slipperyAuth{o.Auth, map[string]func(){"verify": s.once}} },
		"attempt to connect": func(o *grid.Options, s *stay) { // a connection whose Read heeds no deadline
			dial := o.Dial
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				conn, err := dial(ctx, address)
				if err == nil {
					conn = &slipperyConn{conn, "read", s.once}
				}
				return conn, err
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				s, release := stays()
				defer release()
				logs := &trial.LogBook{}
				w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
					o.Logger = slog.New(slog.NewTextHandler(logs, nil))
					put(o, s)
				}})
				time.Sleep(time.Minute)
				w.Alive(t)
				if s.calls.Load() < 2 {
					t.Errorf("called %d times", s.calls.Load())
				}
				if !strings.Contains(logs.String(), "has not returned") {
					t.Errorf("the log does not say that something has not returned:\n%s", logs.String())
				}
			})
		})
	}
}

// A dial function that never returns does not fill the process with goroutines, and
// when it does return, the peer is reached.
func TestDialFunctionsThatAllStay(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		s, release := stays()
		defer release()
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Apart: true, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			dial := o.Dial
			o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				s.put()
				return dial(context.Background(), address)
			}
		}})
		time.Sleep(time.Hour)
		if n := s.calls.Load(); n < 2 || n > 2*4 { // of both ends, if the second helps
			t.Errorf("called %d times in an hour", n)
		}
		if reason := w.Conn.State().Reason; r.Caller == "b" && (reason == nil || !strings.Contains(reason.Error(), "Options.Dial for")) {
			t.Errorf("State says %v", reason)
		}
		release()
		w.Connected(t)
		time.Sleep(time.Minute) // both ends may have dialed at once: then one of two sessions stays
		reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("alive"))
		trial.WantReply(t, "afterwards", reply, err, "alive")
	})
}

// A guest whose admission never returns is not let in; others are.
func TestOptionsAcceptThatNeverReturns(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		s, release := stays()
		defer release()
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(w *trial.World, name string, o *grid.Options) {
			if name == w.Server {
				o.Peers, o.Accept = nil, func(string) bool { s.once(); return true }
			} else {
				o.CallOnly = true
			}
		}, Apart: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.Conn.WaitConnected(ctx); err != nil {
			t.Error(err)
		}
		w.Alive(t)
	})
}

// A decision about a browser that never returns keeps its request only.
func TestOptionsAllowOriginThatNeverReturns(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		s, release := stays()
		served := make(chan struct{})
		defer func() { release(); <-served }()
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.AllowOrigin = func(string) bool { s.put(); return false }
		}})
		req := httptest.NewRequest(http.MethodGet, grid.DefaultPath, nil)
		req.Header.Set("Origin", "https://example.org")
		go func() {
			defer close(served)
			w.Node(r.Server).Manager().Handler().ServeHTTP(httptest.NewRecorder(), req)
		}()
		w.Alive(t)
		w.Cut(r.Caller, r.Server)
		trial.Settle()
		w.HealAll()
		w.Connected(t)
		reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("alive"))
		trial.WantReply(t, "over the next session", reply, err, "alive")
	})
}

// What Shutdown has waited for in vain it names.
func TestShutdownNamesWhatRunsOn(t *testing.T) {
	for what, put := range map[string]func(o *grid.Options, s *stay){
		"Ended of an interceptor for peer ": func(o *grid.Options, s *stay) {
			o.ClientInterceptors = []grid.Interceptor{{Ended: func(context.Context, *grid.HandlerInfo, error) { s.put() }}}
		},
		"Options.Resolver": func(o *grid.Options, s *stay) { o.Resolver = &slipperyResolver{slip: s.put} },
		"Options.Logger":   func(o *grid.Options, s *stay) { o.Logger = slog.New(&slipperyLog{slip: s.put}) },
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				s, release := stays()
				defer release()
				w := r.World(t, trial.Setup{Configure: func(w *trial.World, name string, o *grid.Options) {
					if name == w.Caller {
						put(o, s)
					}
				}, Register: func(m *grid.Manager) error {
					return errors.Join(trial.RegisterEcho(m), trial.TypedStream(2, 2, trial.EchoBack)(m))
				}})
				st := trial.OpenStream(t, w, "")
				if err := st.CloseSend(); err != nil {
					t.Error(err)
				}
				trial.Drain(t, st)
				trial.Settle()
				w.Alive(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				err := w.Node(r.Caller).Manager().Shutdown(ctx)
				if err == nil || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 × "+what) {
					t.Errorf("Shutdown returned %v", err)
				}
			})
		})
	}
}

// A method of a connection of others that never returns, and heeds no deadline, ends
// its session: the two connect anew.
func TestConnectionsThatNeverReturn(t *testing.T) {
	for _, where := range []string{"read", "write", "close"} {
		t.Run(where, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				s, release := stays()
				defer release()
				w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
					dial := o.Dial
					o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
						conn, err := dial(ctx, address)
						later := time.Now().Add(time.Second)
						return &slipperyConn{conn, where, func() {
							if time.Now().After(later) {
								s.once()
							}
						}}, err
					}
				}})
				time.Sleep(2 * time.Second)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, _ = w.Conn.Request(ctx, trial.IdCall, nil) // has one of its honest outcomes
				if where == "close" {
					w.Cut(r.Caller, r.Server)
					trial.Settle()
					w.HealAll()
				}
				time.Sleep(time.Minute)
				ctx, cancel = context.WithTimeout(grid.WaitForReady(t.Context()), time.Minute)
				defer cancel()
				reply, err := w.Conn.Request(ctx, trial.IdCall, []byte("alive"))
				trial.WantReply(t, "over the next session", reply, err, "alive")
				if s.calls.Load() == 0 {
					t.Error("it was not called at all")
				}
			})
		})
	}
}
