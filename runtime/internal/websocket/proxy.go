package websocket

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// DialProxy returns a function that opens byte streams through an HTTP proxy, by CONNECT
// (RFC 9110 section 9.3.6), over those that dial opens.
func DialProxy(proxy string, dial func(ctx context.Context, address string) (net.Conn, error)) (func(ctx context.Context, address string) (net.Conn, error), error) {
	u, err := url.Parse(proxy)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return nil, errors.New("grid: the proxy must be a URL such as http://host:port") // which is not shown: it may hold a password
	}
	via := u.Host
	if u.Port() == "" {
		via = net.JoinHostPort(u.Hostname(), "80")
	}
	header := make(http.Header)
	if u.User != nil {
		password, _ := u.User.Password()
		header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	return func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := dial(ctx, via)
		if err != nil {
			return nil, err
		}
		if err := askTunnel(ctx, conn, address, header); err != nil {
			conn.Close()
			return nil, fmt.Errorf("the proxy at %s: %w", status.Quoted(via), err)
		}
		return conn, nil
	}, nil
}

// askTunnel has a proxy connect to an address. Who is dialed says nothing before it is
// asked, so nothing of theirs is read too far.
func askTunnel(ctx context.Context, conn net.Conn, address string, header http.Header) error {
	unwatch := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer unwatch()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: header}
	if err := req.Write(conn); err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req) //nolint:bodyclose // the body of 200 is the tunnel; else the connection is closed
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("its answer to CONNECT: %w", err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("it answers CONNECT with %s", status.Quoted(resp.Status))
	case r.Buffered() > 0:
		return errors.New("it sends more than its answer to CONNECT")
	case !unwatch():
		return ctx.Err()
	}
	return nil
}
