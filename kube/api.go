package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	pageSize    = 500
	maxPage     = 32 << 20 // bytes of one answer to a list
	listTimeout = 10 * time.Second
	// watchTime is how long the server keeps one watch; then there is another.
	watchTime = 5 * time.Minute
	// slack is how much longer a watch may last here, before it counts as dead.
	slack = 30 * time.Second
	// shortWatch is how long a watch lasts at least that ends well without an event.
	shortWatch = time.Second
)

// api is the API server, as far as the slices of one Service go.
type api struct {
	client *http.Client
	slices string // URL of the slices of the namespace
	labels string // selector of those of the Service
}

// list returns all slices, and the version to watch from.
func (a *api) list(ctx context.Context) (all []*slice, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	for next := ""; ; {
		var page struct {
			Metadata struct {
				ResourceVersion string `json:"resourceVersion"`
				Continue        string `json:"continue"`
			} `json:"metadata"`
			Items []*slice `json:"items"`
		}
		body, err := a.get(ctx, "listing", url.Values{"limit": {strconv.Itoa(pageSize)}, "continue": {next}})
		if err != nil {
			return nil, "", err
		}
		err = json.NewDecoder(io.LimitReader(body, maxPage)).Decode(&page)
		_ = body.Close()
		if err != nil {
			return nil, "", fmt.Errorf("kube: listing the endpointslices: the answer is cut off, or no JSON: %w", err)
		}
		all = append(all, page.Items...)
		if next = page.Metadata.Continue; next == "" {
			return all, page.Metadata.ResourceVersion, nil
		}
	}
}

// event is one line of a watch: a slice, or a status where the type is ERROR.
type event struct {
	Type   string
	slice  *slice
	status *status
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *event) UnmarshalJSON(text []byte) error {
	var raw struct {
		Type   string          `json:"type"`
		Object json.RawMessage `json:"object"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	e.Type = raw.Type
	if raw.Type == "ERROR" {
		e.status = new(status)
		return json.Unmarshal(raw.Object, e.status)
	}
	e.slice = new(slice)
	return json.Unmarshal(raw.Object, e.slice)
}

// watch gives each event to heed, until the server ends the watch, which is nil, or
// something fails.
func (a *api) watch(ctx context.Context, version string, heed func(*event) error) error {
	ctx, cancel := context.WithTimeout(ctx, watchTime+slack)
	defer cancel()
	body, err := a.get(ctx, "watching", url.Values{
		"watch": {"true"}, "allowWatchBookmarks": {"true"}, "resourceVersion": {version},
		"timeoutSeconds": {strconv.Itoa(int(watchTime / time.Second))},
	})
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	began, silent := time.Now(), true
	for events := json.NewDecoder(body); ; silent = false {
		var e event
		if err := events.Decode(&e); errors.Is(err, io.EOF) {
			if silent && time.Since(began) < shortWatch { // another at once, and so on, would keep both ends busy
				return errors.New("kube: watching the endpointslices: the server ends the watch at once")
			}
			return nil
		} else if err != nil {
			return fmt.Errorf("kube: watching the endpointslices: %w", err)
		}
		if err := heed(&e); err != nil {
			return err
		}
	}
}

// get asks for slices. The body is the caller's to close.
func (a *api) get(ctx context.Context, what string, query url.Values) (io.ReadCloser, error) {
	query.Set("labelSelector", a.labels)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.slices+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("kube: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("kube: %s the endpointslices: %w", what, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	defer func() { _ = answer.Body.Close() }()
	s := &status{Code: answer.StatusCode}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if json.Unmarshal(text, s) != nil || s.Message == "" {
		s.Message = strings.TrimSpace(answer.Status + " " + string(text))
	}
	s.Code = answer.StatusCode
	return nil, s.fault(what)
}

// status is what the API server says of a failure.
type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// fault is the error of a status, with what to do about those that are common.
func (s *status) fault(what string) error {
	hint := ""
	switch s.Code {
	case http.StatusGone:
		return errGone
	case http.StatusForbidden:
		hint = "; the service account needs a role that may list and watch endpointslices of discovery.k8s.io"
	case http.StatusUnauthorized:
		hint = "; is automountServiceAccountToken off?"
	}
	return fmt.Errorf("kube: %s the endpointslices: %.300q (%d)%s", what, s.Message, s.Code, hint)
}
