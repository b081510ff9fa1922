/** A string of the SSH wire format: its length in four bytes, then the bytes (RFC 4251). */
export function sshString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Reads values of the SSH wire format one after the other. Every method throws for input that ends too early. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("unexpected end");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  bytes(): Buffer {
    return this.take(this.uint32());
  }

  /** A non-negative integer (`mpint`), big endian and without leading zeros. */
  unsigned(): Buffer {
    const bytes = this.bytes();
    const start = bytes.findIndex((byte) => byte !== 0);
    if (start < 0 || (bytes[0] ?? 0) >= 0x80) throw new Error("not a positive integer");
    return bytes.subarray(start);
  }

  text(): string {
    return this.bytes().toString("latin1");
  }
}
