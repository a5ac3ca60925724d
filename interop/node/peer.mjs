// What a peer does and a mere client does not: it accepts sessions, and serves calls and streams. Also from
// PROTOCOL.md alone.
import {
  ANSWER, END, ERROR, GridError, OPEN, REPLY, REQUEST, STREAM, Session, Stream, checkHello, dial, encode, hello, proof, take,
} from './client.mjs';

/** accept makes a session over a socket as its acceptor. */
export const accept = (socket, self) => dial(socket, self, { steps: acceptorsHandshake, first: 2, Kind: Peer });

/** dialAsPeer is dial, and serves self.serve: by handler id, functions from Buffer to Buffer and what streaming() makes. */
export const dialAsPeer = (socket, self) => dial(socket, self, { Kind: Peer });

/** streaming makes a handler of streams: a function of the payload and the stream, which is over when it returns. */
export const streaming = (input, output, handle) => Object.assign(handle, { streams: 1, input, output });

async function acceptorsHandshake(socket, self) {
  const theirs = await take(socket, 1), peer = checkHello(theirs, self), mine = hello(self, 0);
  socket.send(mine);
  socket.send(proof(self, 'acceptor', theirs, mine));
  await take(socket, 2, proof(self, 'dialer', theirs, mine));
  socket.send(encode(3));
  return peer;
}

class Peer extends Session {
  get handlers() { return Object.values(this.serve); }
  served() { return Object.keys(this.serve).map((id, route) => [route, Number(id), '', ...kindOf(this.handlers[route])]); }
  handle(kind, body) { return (kind & 127) === OPEN ? this.opened(body.uint(), body) : super.handle(kind, body); }

  called(id, body) {
    const [route, , flags] = [body.uint(), body.uint(), body.uint()], handler = this.handlers[route], why = unfit(handler, 0);
    if (flags & 2) body.bytes(); // metadata
    if (why) return this.frame(ERROR, id, 2, why, `route ${route}`);
    return this.payload(REQUEST, id, body, flags, async (payload) => {
      try {
        await this.send(ANSWER, id, await handler(payload), () => false, REPLY, id, 0);
      } catch (error) {
        this.frame(ERROR, id, 4, error.code ?? 'internal', error.message);
      }
    });
  }

  opened(id, body) {
    const [route, timeout, credit, flags] = [body.uint(), body.uint(), body.uint(), body.uint()];
    const handler = this.handlers[route], why = unfit(handler, 1);
    if (flags & 2) body.bytes();
    if (why) return this.frame(END, id, 1, 2, why, `route ${route}`);
    const stream = new Served(this, id, credit), late = timeout && setTimeout(() => stream.reject(new GridError('deadline_exceeded', 'too late')), timeout / 1000);
    this.streams.set(id, stream); // a reset may come before the payload is complete
    return this.payload(STREAM, id, body, flags, async (payload) => {
      try {
        await handler(payload, stream);
        stream.finish(0);
      } catch (error) {
        stream.finish(1, 4, error.code ?? 'internal', error.message);
      } finally { clearTimeout(late); }
    });
  }
}

const kindOf = ({ streams = 0, input = 0, output = 0 }) => [streams, input, output];
const unfit = (handler, streams) => (!handler ? 'unknown_handler' : (handler.streams ?? 0) !== streams ? 'incompatible' : undefined);

/** Served is the server's end of a stream: an end from the client is that of the input alone. */
class Served extends Stream {
  reject(error) { return error ? super.reject(error) : this.inbox.close(); }
  finish(...status) { // a stream that was given up, or whose time is over, gets no end
    if (!this.over) this.session.frame(END, this.id, ...status);
    super.reject();
  }
}
