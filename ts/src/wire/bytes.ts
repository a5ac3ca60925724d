/** What is malformed closes the session: the code tells which close frame is due. */
export class Malformed extends Error {}

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The bytes of a text. */
export const encodeText = (s: string): Uint8Array => utf8.encode(s);

/** The text of bytes; what is no UTF-8 is replaced, for it is shown to people. */
export const decodeText = (b: Uint8Array): string => text.decode(b);

/** Writer appends to a buffer that is used again and again. It grows, and is never given away. */
export class Writer {
  buffer: Uint8Array;
  at = 0;

  constructor(size: number) {
    this.buffer = new Uint8Array(size);
  }

  /** Makes room for n bytes. */
  reserve(n: number): void {
    if (this.at + n <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.at + n, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.at));
    this.buffer = grown;
  }

  byte(b: number): void {
    if (this.at === this.buffer.length) this.reserve(1);
    this.buffer[this.at++] = b;
  }

  uint(n: number | bigint): void {
    if (typeof n === 'bigint') {
      for (; n > 127n; n >>= 7n) this.byte(Number(n & 127n) | 128);
      this.byte(Number(n));
      return;
    }
    while (n > 127) {
      this.byte((n % 128) | 128);
      n = Math.floor(n / 128);
    }
    this.byte(n);
  }

  /** Bytes as they are. */
  raw(b: Uint8Array): void {
    this.reserve(b.length);
    this.buffer.set(b, this.at);
    this.at += b.length;
  }

  /** A bytes field: length and bytes. */
  bytes(b: Uint8Array): void {
    this.uint(b.length);
    this.raw(b);
  }

  /**
   * Begins a frame whose body has at most so many bytes, and returns what end() needs. A
   * length that need not be short is written in three bytes, which readers accept.
   */
  begin(kind: number, most: number): number {
    this.byte(kind);
    const wide = most > 127 ? 3 : 1;
    this.reserve(wide + most);
    this.at += wide;
    return most > 127 ? -this.at : this.at;
  }

  /** Ends the frame: fills in its length. */
  end(begun: number): void {
    const start = Math.abs(begun), n = this.at - start;
    if (begun > 0) {
      this.buffer[start - 1] = n;
      return;
    }
    this.buffer[start - 3] = (n & 127) | 128;
    this.buffer[start - 2] = ((n >> 7) & 127) | 128;
    this.buffer[start - 1] = n >> 14;
  }

  /** What was written: a view that is good until the next write. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.at);
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.buffer.slice(0, this.at);
  }
}

/** Reader takes fields from the front of bytes. What is cut short throws Malformed. */
export class Reader {
  buffer: Uint8Array;
  at: number;
  end: number;

  constructor(buffer: Uint8Array, at = 0, end: number = buffer.length) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Malformed('a field is cut short');
    return this.buffer[this.at++]!;
  }

  /** A number; of those above 2^53 no more than that they are large is kept. */
  uint(): number {
    const first = this.byte();
    return first < 128 ? first : this.#long(first);
  }

  #long(byte: number): number {
    const start = this.at - 1;
    let n = byte & 127;
    for (let unit = 128; byte > 127; unit *= 128) {
      byte = this.byte();
      if (this.at - start === 10 && byte > 1) throw new Malformed('a varint of more than 64 bits');
      n += (byte & 127) * unit;
    }
    return n;
  }

  /** A number that must come back as it is: a bigint where a number cannot hold it. */
  id(): number | bigint {
    const start = this.at;
    const n = this.uint();
    if (n <= Number.MAX_SAFE_INTEGER) return n;
    let exact = 0n;
    for (let i = this.at - 1; i >= start; i--) exact = (exact << 7n) | BigInt(this.buffer[i]! & 127);
    return exact;
  }

  /** A bytes field: a view. */
  bytes(): Uint8Array {
    const n = this.uint();
    if (n > this.end - this.at) throw new Malformed('a field is cut short');
    this.at += n;
    return this.buffer.subarray(this.at - n, this.at);
  }

  string(): string {
    return decodeText(this.bytes());
  }

  rest(): Uint8Array {
    const all = this.buffer.subarray(this.at, this.end);
    this.at = this.end;
    return all;
  }
}
