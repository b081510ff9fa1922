/** A piece of a text to be replaced; offsets in UTF-16 code units. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A part of a text with splices, all of which are within the part and do not overlap. */
export function spliceText(text: string, start: number, end: number, splices: readonly Splice[]): string {
  let result = "";
  let at = start;
  for (const splice of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return result + text.slice(at, end);
}
