/** A text as lines without their line breaks, with the offset at which each begins. */
export class Lines {
  readonly texts: readonly string[];
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.texts = text.split("\n");
    const starts: number[] = [];
    let start = 0;
    for (const line of this.texts) {
      starts.push(start);
      start += line.length + 1;
    }
    this.#starts = starts;
  }

  /** The number of the line with an offset, from 0. */
  at(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.startOf(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  startOf(line: number): number {
    return this.#starts[line] ?? 0;
  }

  columnOf(offset: number): number {
    return offset - this.startOf(this.at(offset));
  }

  /** The number of spaces at the beginning. */
  indentOf(line: number): number {
    return /^ */.exec(this.texts[line] ?? "")?.[0].length ?? 0;
  }

  isBlank(line: number): boolean {
    return (this.texts[line] ?? "").trim() === "";
  }
}
