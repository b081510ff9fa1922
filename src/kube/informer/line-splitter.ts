const NEWLINE = 0x0a;
/** Far above any object (etcd accepts 1.5 MiB by default): a longer line does not come from an API server. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Splits a stream of bytes into lines of UTF-8. Works on bytes: each is read and copied once, however many chunks a
 * line has, and a character at the border of two chunks is preserved.
 */
export class LineSplitter {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** Returns the lines that this chunk completes, without newlines and empty lines. Throws an Error above 64 MiB. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
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
    if (this.#pendingBytes > MAX_LINE_BYTES) throw new Error(`a line of more than ${MAX_LINE_BYTES} bytes`);
    this.#pending.push(rest);
  }
}
