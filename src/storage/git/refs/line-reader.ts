const NEWLINE = 0x0a;
const NO_BYTES = Buffer.alloc(0);

/** Cuts the output of git into lines, as it comes. */
export class LineReader {
  /** The beginning of a line whose end has not arrived. */
  #rest: Buffer = NO_BYTES;

  /**
   * The lines that end in this piece. Without names that are not UTF-8: neither an object's fields nor an argument of
   * git could hold them.
   */
  read(chunk: Buffer): string[] {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      return [];
    }
    const text = Buffer.concat([this.#rest, chunk.subarray(0, end)]).toString();
    // A copy: the piece is larger, and would stay in memory with it.
    this.#rest = Buffer.from(chunk.subarray(end + 1));
    return text.split("\n").filter((line) => line !== "" && !line.includes("\ufffd"));
  }
}
