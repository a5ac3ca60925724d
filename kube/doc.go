// Package kube has nodes find each other in Kubernetes: a Resolver names the pods behind
// a Service, by the EndpointSlices that the API server keeps of it. It needs the standard
// library alone.
//
//	m, err := grid.NewManager(grid.Options{
//		Name:     os.Getenv("HOSTNAME"), // that of a pod of a StatefulSet
//		Resolver: &kube.Resolver{Service: "storage"},
//		…
//	})
//
// The Service is a headless one (clusterIP: None) with publishNotReadyAddresses: nodes need
// each other before they are ready. The name of a peer is the hostname of its endpoint,
// which pods of a StatefulSet have, else the name of its pod; so that is what
// Options.Name has to be. The pod's service account may list and watch endpointslices:
// examples/kubernetes has all of it.
//
// While the API server is away peers stay peers, and calls go on.
package kube
