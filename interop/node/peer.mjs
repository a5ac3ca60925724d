// What a peer does and a mere client does not: it accepts sessions, and serves calls. Also from PROTOCOL.md alone.
import { ERROR, REPLY, REQUEST, ANSWER, Session, checkHello, dial, encode, hello, proof, take } from './client.mjs';

/** accept makes a session over a socket as its acceptor. */
export const accept = (socket, self) => dial(socket, self, { steps: acceptorsHandshake, first: 2, Kind: Peer });

/** dialAsPeer is dial, and serves self.serve: functions from Buffer to Buffer by handler id. */
export const dialAsPeer = (socket, self) => dial(socket, self, { Kind: Peer });

async function acceptorsHandshake(socket, self) {
  const theirs = await take(socket, 1), peer = checkHello(theirs, self), mine = hello(self, 0);
  socket.send(mine);
  socket.send(proof(self, 'acceptor', theirs, mine));
  await take(socket, 2, proof(self, 'dialer', theirs, mine));
  socket.send(encode(3));
  return peer;
}

class Peer extends Session {
  served() { return Object.keys(this.serve).map((id, route) => [route, Number(id), '', 0, 0, 0]); }

  called(id, body) {
    const [route, , flags] = [body.uint(), body.uint(), body.uint()], handler = Object.values(this.serve)[route];
    if (flags & 2) body.bytes(); // metadata
    if (!handler) return this.frame(ERROR, id, 2, 'unknown_handler', `route ${route}`);
    return this.payload(REQUEST, id, body, flags, async (payload) => {
      try {
        await this.send(ANSWER, id, await handler(payload), () => false, REPLY, id, 0);
      } catch (error) {
        this.frame(ERROR, id, 4, error.code ?? 'internal', error.message);
      }
    });
  }
}
