package top

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

const (
	// answerTime is how long a page may take to answer.
	answerTime = 5 * time.Second
	// maxPage is how many bytes of a page are read: with 1,000 streams and 10,000
	// handlers it has a fifth of that.
	maxPage = 32 << 20
)

// fetch asks a page how its node is. Its error says what to do.
func fetch(ctx context.Context, client *http.Client, t *target, header http.Header) (*sample, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.ask, nil)
	if err != nil {
		return nil, err
	}
	request.Header = header.Clone()
	r, err := client.Do(request)
	if err != nil {
		return nil, unreachable(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPage+1))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case r.StatusCode != http.StatusOK:
		return nil, refused(r.StatusCode, body)
	case len(body) > maxPage:
		return nil, fmt.Errorf("its answer has more than %d bytes", maxPage)
	}
	return read(body)
}

// read reads the JSON of a page.
func read(body []byte) (*sample, error) {
	s := &sample{raw: body}
	if err := json.Unmarshal(body, &s.Snapshot); err != nil || s.Version == 0 || s.Node.Name == "" {
		return nil, errors.New("what answers there is no page of runtime/debug: is the path right?")
	}
	if s.Version > observe.SnapshotVersion {
		return nil, fmt.Errorf("its JSON has version %d, and this gridc knows up to %d: take a gridc that is as new as the node", s.Version, observe.SnapshotVersion)
	}
	return s, nil
}

// advice is what to do about an error that holds a sign.
var advice = []struct{ sign, hint string }{
	{"connection refused", "nobody listens there: is the node running, and is the address right?"},
	{"server gave HTTP response to HTTPS client", "it speaks no TLS: write http://"},
	{"an HTTP request to an HTTPS server", "it speaks TLS: write https://"},
	{"certificate signed by unknown authority", "give the authority that signed its certificate with --tls-ca"},
	{"certificate is valid for", "its certificate is for another name: take that in the URL"},
	{"no such host", "the host has no address: is its name right?"},
}

// unreachable says why a page did not answer.
func unreachable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("nothing came within %s: its process may be stopped, or the network swallow what is sent", answerTime)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // without the URL, which is shown beside it
	}
	return advised(err.Error())
}

func advised(text string) error {
	for _, a := range advice {
		if strings.Contains(text, a.sign) {
			return fmt.Errorf("%s; %s", status.LoggedReason(text), a.hint)
		}
	}
	return errors.New(status.LoggedReason(text))
}

// refused says what an answer other than 200 means.
func refused(code int, body []byte) error {
	said := fmt.Sprintf("it answers %d %s", code, http.StatusText(code))
	switch code {
	case http.StatusNotFound:
		return errors.New(said + ": there is no page at that path; it is where the node's program mounts debug.Handler, usually " + usualPath)
	case http.StatusUnauthorized, http.StatusForbidden:
		return errors.New(said + ": say who you are, with --header or as user:password@ in the URL")
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n"); first != "" && len(first) < 200 {
		said += ": " + first
	}
	return advised(said)
}
