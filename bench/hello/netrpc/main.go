// Command netrpc is the smallest server and client over net/rpc.
package main

import (
	"fmt"
	"log"
	"net"
	"net/rpc"
)

// Echo is the service; net/rpc wants it exported.
type Echo struct{}

// Call greets.
func (Echo) Call(name string, reply *string) error {
	*reply = "hello, " + name
	return nil
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if err := rpc.Register(Echo{}); err != nil {
		log.Fatal(err)
	}
	go rpc.Accept(ln)

	client, err := rpc.Dial("tcp", ln.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	var reply string
	if err := client.Call("Echo.Call", "world", &reply); err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply)
}
