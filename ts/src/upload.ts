import type { Duplex, Upload } from './contract.ts';
import { GridError } from './errors.ts';

/** Answered is a stream with input that has one response: its one message. */
export class Answered<In, Response> implements Upload<In, Response> {
  readonly #stream: Duplex<In, Response>;

  constructor(stream: Duplex<In, Response>) {
    this.#stream = stream;
  }

  send(message: In): Promise<void> {
    return this.#stream.send(message);
  }

  closeSend(): void {
    this.#stream.closeSend();
  }

  close(): void {
    this.#stream.close();
  }

  async sendAll(messages: Iterable<In> | AsyncIterable<In>): Promise<Response> {
    await this.#stream.sendAll(messages);
    return this.finish();
  }

  async finish(): Promise<Response> {
    this.#stream.closeSend();
    const response = await this.#stream.next();
    if (response.done) throw new GridError('internal', 'the stream ended without its response', { outcome: 'ran' });
    if (!(await this.#stream.next()).done) {
      this.#stream.close();
      throw new GridError('internal', 'the stream has a second response', { outcome: 'may have run' });
    }
    return response.value;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
