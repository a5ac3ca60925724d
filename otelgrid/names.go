package otelgrid

import (
	"net"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	grid "github.com/gridrpc/gridc/runtime"
)

// The attributes of the semantic conventions for RPC. They are not stable yet: the next
// release calls the status attribute otherwise. So they are named here alone.
const (
	schemaURL = semconv.SchemaURL

	systemName    = semconv.RPCSystemNameKey
	method        = semconv.RPCMethodKey
	statusCode    = semconv.RPCResponseStatusCodeKey
	errorType     = semconv.ErrorTypeKey
	serverAddress = semconv.ServerAddressKey
	socketAddress = semconv.NetworkPeerAddressKey
	socketPort    = semconv.NetworkPeerPortKey
)

// Attributes of our own.
const (
	outcome  = attribute.Key("gridc.outcome")
	peer     = attribute.Key("gridc.peer")
	subroute = attribute.Key("gridc.subroute")
	stream   = attribute.Key("gridc.stream")
	attempts = attribute.Key("gridc.attempts")
)

// system is the value of rpc.system.name.
const system = "gridc"

// other is what the conventions call what has no name of its own.
const other = "_OTHER"

// methodName is "package.Service/Method", or the number of a handler without a name.
func methodName(call *grid.CallInfo) string {
	if call.Name == "" {
		if call.ID == 0 {
			return other
		}
		return strconv.Itoa(int(call.ID))
	}
	service, name := call.Name, ""
	if i := strings.LastIndexByte(call.Name, '.'); i >= 0 {
		service, name = call.Name[:i], "/"+call.Name[i+1:]
	}
	return valid(service + name)
}

// spanAttributes are those that are known when a call begins. At the client the server is
// known by the peer's name, which is what was called; the socket may be one that the peer
// has dialed.
func spanAttributes(call *grid.CallInfo) []attribute.KeyValue {
	all := []attribute.KeyValue{systemName.String(system), method.String(methodName(call)), peer.String(valid(call.Peer))}
	if !call.Server {
		all = append(all, serverAddress.String(valid(call.Peer)))
	}
	if call.Subroute != "" {
		all = append(all, subroute.String(valid(call.Subroute)))
	}
	if call.Stream {
		all = append(all, stream.Bool(true))
	}
	return all
}

// socketAttributes are those of the socket that carried a call, if one did.
func socketAttributes(call *grid.CallInfo) []attribute.KeyValue {
	host, port, err := net.SplitHostPort(call.Remote)
	if err != nil {
		return nil
	}
	all := []attribute.KeyValue{socketAddress.String(host)}
	if n, err := strconv.Atoi(port); err == nil {
		all = append(all, socketPort.Int(n))
	}
	return all
}

// valid makes an attribute of a text that may come from a peer: one that is not UTF-8
// would make an exporter drop all that goes with it.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
