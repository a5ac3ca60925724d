package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
)

// registry is an etcd of one member in this process. A cluster of yours has three or five
// that live apart.
type registry struct {
	address string
	server  *embed.Etcd
}

func startRegistry(dir string) (*registry, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(dir, "etcd")
	config.LogLevel = "fatal"                            // it reports its own end as errors
	free := url.URL{Scheme: "http", Host: "127.0.0.1:0"} // it need not be known before: nobody joins
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{free}, []url.URL{free}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{free}, []url.URL{free}
	config.InitialCluster = config.Name + "=" + free.String()
	server, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-server.Server.ReadyNotify():
		return &registry{address: server.Clients[0].Addr().String(), server: server}, nil
	case err = <-server.Err():
	case <-time.After(time.Minute):
		err = fmt.Errorf("it is not ready after a minute")
	}
	server.Close()
	return nil, err
}

// client returns a new client, as each node in a process of its own has one.
func (r *registry) client() (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: []string{r.address}, DialTimeout: 10 * time.Second})
}

func (r *registry) stop() { r.server.Close() }
