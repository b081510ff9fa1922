const newline = 0x0a;
/** Far above any object (etcd stops at 1.5 MiB by default): whatever is longer is no watch of an API server. */
const maxLineBytes = 64 * 1024 * 1024;

/**
 * Splits a stream of bytes into lines of UTF-8. Works on bytes: each is looked at and copied once, however a long line is
 * cut into chunks, and a character that two chunks share stays whole.
 */
export class LineSplitter {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** The lines that this chunk completes, without their newline; empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#complete(chunk, start, end);
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  #complete(chunk: Buffer, start: number, end: number): string {
    if (this.#pending.length === 0) return chunk.toString("utf8", start, end);
    const line = Buffer.concat([...this.#pending, chunk.subarray(start, end)]).toString("utf8");
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }

  #keep(rest: Buffer): void {
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > maxLineBytes) throw new Error(`a line of more than ${maxLineBytes} bytes`);
    this.#pending.push(rest);
  }
}
