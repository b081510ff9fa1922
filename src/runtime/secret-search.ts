/** The shortest text that is searched for: shorter ones match ordinary words. */
const MIN_PIECE = 4;
/** Longer texts are searched for in pieces of this length. */
const PIECE = 32;
/** Texts beyond `LONG_TEXT`, which are no usual secrets, in pieces of this length, of which they have fewer. */
const LONG_PIECE = 128;
const LONG_TEXT = 4096;
/** The lengths that pieces have, by their index. */
const LENGTHS = [...Array.from({ length: PIECE - MIN_PIECE + 1 }, (_, at) => MIN_PIECE + at), LONG_PIECE];
/** The longest piece: what follows the part of a text that is shown must be known as far as this. */
export const LOOK_AHEAD = LONG_PIECE - 1;

/** Groups of pieces by a hash of their first characters. */
const GROUPS = 2 ** 14;
const FACTOR = 0x9e_37_79_b1;
/** A count that has reached this one stays: its group is always searched. */
const MAX_COUNT = 2 ** 16 - 1;

/** A part of a text: from the first index to before the second. */
export type Span = readonly [from: number, to: number];

/**
 * Finds many texts in a line, at a cost that does not depend on their number: for each character, at most one look-up
 * for each of 30 lengths, however the texts overlap. A text of more than 32 characters counts as pieces of 32, which
 * together are all of it: the memory is a fraction of an automaton's, and a part of it is found as well.
 */
export class SecretSearch {
  /** For each length: piece → how many texts have it. */
  readonly #pieces = LENGTHS.map(() => new Map<string, number>());
  /** For each group and length, how many pieces there are. */
  readonly #counts = new Uint16Array(GROUPS * LENGTHS.length);
  /** For each group, a bit for each length that it has. */
  readonly #lengths = new Uint32Array(GROUPS);

  /** Adds a text of at least four characters. One that is added twice is found until it is removed twice. */
  add(text: string): void {
    for (const piece of piecesOf(text)) {
      const uses = this.#piecesLike(piece);
      const known = uses.get(piece);
      uses.set(piece, (known ?? 0) + 1);
      if (known === undefined) this.#count(piece, 1);
    }
  }

  remove(text: string): void {
    for (const piece of piecesOf(text)) {
      const uses = this.#piecesLike(piece);
      const left = (uses.get(piece) ?? 0) - 1;
      if (left > 0) uses.set(piece, left);
      else if (uses.delete(piece)) this.#count(piece, -1);
    }
  }

  /**
   * The parts of the text that belong to an occurrence, in order; neighbours are one part. Those that begin at `end` or
   * later are left out.
   */
  find(text: string, end = text.length): readonly Span[] {
    const spans: [number, number][] = [];
    let last: [number, number] | undefined;
    const stop = Math.min(end, text.length - MIN_PIECE + 1);
    for (let at = 0; at < stop; at++) {
      const to = at + this.#longestAt(text, at);
      if (to === at) continue;
      if (last !== undefined && at <= last[1]) {
        last[1] = Math.max(last[1], to);
      } else {
        last = [at, to];
        spans.push(last);
      }
    }
    return spans;
  }

  #longestAt(text: string, at: number): number {
    let lengths = this.#lengths[groupOf(text, at)] ?? 0;
    while (lengths !== 0) {
      const index = 31 - Math.clz32(lengths);
      const length = LENGTHS[index] ?? 0;
      if (this.#pieces[index]?.has(text.slice(at, at + length))) return length;
      lengths ^= 1 << index;
    }
    return 0;
  }

  #piecesLike(piece: string): Map<string, number> {
    return this.#pieces[LENGTHS.indexOf(piece.length)] ?? new Map();
  }

  #count(piece: string, change: 1 | -1): void {
    const [group, index] = [groupOf(piece, 0), LENGTHS.indexOf(piece.length)];
    const at = group * LENGTHS.length + index;
    const before = this.#counts[at] ?? 0;
    if (before === MAX_COUNT) return;
    const count = before + change;
    this.#counts[at] = count;
    const bit = 1 << index;
    const others = (this.#lengths[group] ?? 0) & ~bit;
    this.#lengths[group] = count === 0 ? others : others | bit;
  }
}

/** The hash of the four characters from an index on. */
function groupOf(text: string, from: number): number {
  let hash = 0;
  for (let at = from; at < from + MIN_PIECE; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FACTOR);
  return (hash >>> 16) & (GROUPS - 1);
}

/** Pieces that cover the whole text; the last one overlaps with the one before. */
function piecesOf(text: string): readonly string[] {
  if (text.length < MIN_PIECE) return [];
  const length = text.length > LONG_TEXT ? LONG_PIECE : PIECE;
  if (text.length <= length) return [text];
  const pieces: string[] = [];
  for (let at = 0; at + length <= text.length; at += length) pieces.push(text.slice(at, at + length));
  pieces.push(text.slice(-length));
  return pieces;
}
