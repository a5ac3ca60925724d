package websocket

// Subprotocol is offered in the WebSocket upgrade, RFC 6455 section 1.9. It names
// the handshake, not the version of what follows: see PROTOCOL.md, section 4.
const Subprotocol = "gridc.v1"
