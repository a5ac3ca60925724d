package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/gridrpc/gridc/etcdgrid"
	"github.com/gridrpc/gridc/examples/gen/storage"
	"github.com/gridrpc/gridc/otelgrid"
	"github.com/gridrpc/gridc/promgrid"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
)

const (
	prefix    = "grid/nodes/"  // of the nodes in etcd
	debugPath = "/debug/grid/" // for operators
)

// node is one server: a Manager with what watches it, and the place where it is announced.
type node struct {
	address string
	manager *grid.Manager
	store   *store

	traces     *sdktrace.TracerProvider
	client     *clientv3.Client
	server     http.Server
	unannounce context.CancelFunc
	announced  chan error // what the announcer ended with
}

func startNode(name string, key []byte, etcd *registry, spans sdktrace.SpanExporter) (n *node, err error) {
	n = &node{store: newStore(), announced: make(chan error, 1), unannounce: func() {}}
	if n.client, err = etcd.client(); err != nil {
		return nil, err
	}
	n.traces = sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(spans), // an exporter of OTLP, with WithBatcher, in a program of yours
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "storage"), attribute.String("service.instance.id", name))),
	)
	figures := promgrid.NewObserver(promgrid.Options{})
	tracing, err := otelgrid.NewObserver(otelgrid.Options{TracerProvider: n.traces, Propagator: propagation.TraceContext{}, TrustPeers: true})
	if err != nil {
		return nil, errors.Join(err, n.client.Close())
	}
	n.manager, err = grid.NewManager(grid.Options{
		Name: name, Auth: grid.SharedKey(key),
		Resolver:  &etcdgrid.Resolver{Client: n.client, Prefix: prefix},
		Observers: []grid.Observer{tracing, figures},
		Register: func(m *grid.Manager) error {
			n.store.manager = m
			return storage.RegisterStorage(m, disk, n.store)
		},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), // the example prints what there is to see
	})
	if err != nil {
		return nil, errors.Join(err, n.client.Close())
	}
	if err := n.listen(figures); err != nil {
		return nil, errors.Join(err, n.stop())
	}
	n.announce()
	return n, nil
}

// listen serves peers, operators and Prometheus at one port.
func (n *node) listen(figures *promgrid.Observer) error {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(figures, promgrid.NewCollector(n.manager, promgrid.Options{}))
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, n.manager.Handler())
	mux.Handle(debugPath, debug.Handler(n.manager))
	mux.Handle("/metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	n.server.Handler, n.server.ReadHeaderTimeout = mux, 5*time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	n.address = l.Addr().String()
	go func() { _ = n.server.Serve(l) }()
	return nil
}

// announce has the others find this node, from now on until it stops.
func (n *node) announce() {
	var ctx context.Context
	ctx, n.unannounce = context.WithCancel(context.Background())
	announcer := &etcdgrid.Announcer{Client: n.client, Prefix: prefix, Peer: grid.Peer{Name: n.manager.Name(), Address: n.address}}
	go func() { n.announced <- announcer.Run(ctx) }()
}

// stop takes the node out of etcd, lets its calls finish, and ends it.
func (n *node) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var faults []error
	if n.unannounce(); n.address != "" {
		faults = append(faults, <-n.announced)
	}
	faults = append(faults, n.manager.Shutdown(ctx), n.server.Close(), n.traces.Shutdown(ctx), n.client.Close())
	return errors.Join(faults...)
}
