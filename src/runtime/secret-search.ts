/** The shortest text that is searched for: shorter ones match ordinary words. */
const MIN_PIECE = 4;
/** Longer texts are searched for in pieces of this length. */
const MAX_PIECE = 32;

/** The pieces of one length with the same first characters → how many texts have each. */
interface Pieces {
  readonly length: number;
  readonly uses: Map<string, number>;
}

/** A part of a text: from the first index to before the second. */
export type Span = readonly [from: number, to: number];

/**
 * Finds many texts in a line, at a cost that does not depend on their number: at most one look-up for each of 29
 * lengths per character, however the texts overlap. A text of more than 32 characters counts as pieces of 32, which
 * together are all of it: the memory is a fraction of an automaton's, and a part of it is found as well.
 */
export class SecretSearch {
  /** The first characters of a piece → its lengths, the longest first. */
  readonly #byStart = new Map<string, Pieces[]>();

  /** Adds a text of at least four characters. One that is added twice is found until it is removed twice. */
  add(text: string): void {
    for (const piece of piecesOf(text)) {
      const { uses } = this.#piecesLike(piece);
      uses.set(piece, (uses.get(piece) ?? 0) + 1);
    }
  }

  remove(text: string): void {
    for (const piece of piecesOf(text)) this.#remove(piece);
  }

  /** The parts of the text that belong to an occurrence, in order; neighbours are one part. Those that begin at `end` or
   * later are left out. */
  find(text: string, end = text.length): readonly Span[] {
    if (this.#byStart.size === 0) return [];
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
    const candidates = this.#byStart.get(text.slice(at, at + MIN_PIECE));
    return candidates?.find(({ length, uses }) => uses.has(text.slice(at, at + length)))?.length ?? 0;
  }

  #piecesLike(piece: string): Pieces {
    const start = piece.slice(0, MIN_PIECE);
    const lengths = this.#byStart.get(start) ?? [];
    this.#byStart.set(start, lengths);
    const known = lengths.find(({ length }) => length === piece.length);
    if (known !== undefined) return known;
    const added: Pieces = { length: piece.length, uses: new Map() };
    lengths.push(added);
    lengths.sort((a, b) => b.length - a.length);
    return added;
  }

  #remove(piece: string): void {
    const start = piece.slice(0, MIN_PIECE);
    const lengths = this.#byStart.get(start) ?? [];
    const index = lengths.findIndex(({ length }) => length === piece.length);
    const uses = lengths[index]?.uses;
    const left = (uses?.get(piece) ?? 1) - 1;
    if (left > 0) uses?.set(piece, left);
    else uses?.delete(piece);
    if (uses?.size === 0) lengths.splice(index, 1);
    if (lengths.length === 0) this.#byStart.delete(start);
  }
}

/** The longest piece: what follows the part of a text that is shown must be known as far as this. */
export const LOOK_AHEAD = MAX_PIECE - 1;

/** Pieces that cover the whole text; the last one overlaps with the one before. */
function piecesOf(text: string): readonly string[] {
  if (text.length <= MAX_PIECE) return text.length < MIN_PIECE ? [] : [text];
  const pieces: string[] = [];
  for (let at = 0; at + MAX_PIECE <= text.length; at += MAX_PIECE) pieces.push(text.slice(at, at + MAX_PIECE));
  pieces.push(text.slice(-MAX_PIECE));
  return pieces;
}
