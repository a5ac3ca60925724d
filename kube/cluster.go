package kube

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// mounted is where Kubernetes puts the service account of a pod.
const mounted = "/var/run/secrets/kubernetes.io/serviceaccount"

// open finds the API server.
func (r *Resolver) open() (*api, error) {
	if r.Service == "" {
		return nil, errors.New("kube: Resolver.Service is empty: it is the name of the headless Service of the nodes")
	}
	account := r.account
	if account == "" {
		account = mounted
	}
	namespace := r.Namespace
	if namespace == "" {
		text, err := os.ReadFile(filepath.Join(account, "namespace"))
		if err != nil {
			return nil, fmt.Errorf("kube: Resolver.Namespace is empty, and this is no pod with a service account: %w", err)
		}
		namespace = strings.TrimSpace(string(text))
	}
	server, err := r.server()
	if err != nil {
		return nil, err
	}
	client := r.Client
	if client == nil {
		if client, err = accountClient(account); err != nil {
			return nil, err
		}
	}
	return &api{
		client: client,
		slices: server + "/apis/discovery.k8s.io/v1/namespaces/" + url.PathEscape(namespace) + "/endpointslices",
		labels: "kubernetes.io/service-name=" + r.Service,
	}, nil
}

// server is the URL of the API server, without a slash at its end.
func (r *Resolver) server() (string, error) {
	if r.Server != "" {
		return strings.TrimSuffix(r.Server, "/"), nil
	}
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return "", errors.New("kube: Resolver.Server is empty, and this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set")
	}
	return "https://" + net.JoinHostPort(host, port), nil
}

// accountClient makes requests with the service account of a pod.
func accountClient(account string) (*http.Client, error) {
	pem, err := os.ReadFile(filepath.Join(account, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("kube: the cluster's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("kube: %s holds no certificate", filepath.Join(account, "ca.crt"))
	}
	return &http.Client{Transport: &accountTransport{
		token: filepath.Join(account, "token"),
		base: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 10 * time.Second, IdleConnTimeout: time.Minute,
			// A watch is silent for minutes: whether the server is still there must be asked.
			HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
		},
	}}, nil
}

// accountTransport adds the token of the service account, which Kubernetes replaces from
// time to time.
type accountTransport struct {
	token string // file
	base  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *accountTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := os.ReadFile(t.token)
	if err != nil {
		return nil, fmt.Errorf("the token of the service account: %w", err)
	}
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	return t.base.RoundTrip(request)
}
