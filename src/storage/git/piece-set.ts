/** The size of the filter. With so many marks, most look-ups of absent pieces end at it. */
const MARKS_PER_PIECE = 16;
const MIN_MARKS = 1024;
const MAX_MARKS = 2 ** 20;
const FACTOR = 0x9e_37_79_b1;

/** All pieces of a text that have a length. For most pieces of other texts, `hasPieceAt` creates no string. */
export class PieceSet {
  readonly length: number;
  readonly #pieces = new Set<string>();
  /** By hash. */
  readonly #marks: Uint8Array;

  constructor(text: string, length: number) {
    this.length = length;
    const marks = Math.min(MAX_MARKS, Math.max(MIN_MARKS, text.length * MARKS_PER_PIECE));
    this.#marks = new Uint8Array(2 ** Math.ceil(Math.log2(marks)));
    for (let at = 0; at + length <= text.length; at++) {
      this.#marks[this.#hash(text, at)] = 1;
      this.#pieces.add(text.slice(at, at + length));
    }
  }

  hasPieceAt(text: string, at: number): boolean {
    return this.#marks[this.#hash(text, at)] === 1 && this.#pieces.has(text.slice(at, at + this.length));
  }

  #hash(text: string, at: number): number {
    let hash = 0;
    for (let index = at; index < at + this.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FACTOR);
    return (hash >>> 8) & (this.#marks.length - 1);
  }
}
