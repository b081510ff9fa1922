/**
 * A number of places to work at. Where they are shared, one sharer holds at most half of what the others leave, rounded up, so that
 * however long its work takes, there is a place left for whoever comes next. A sharer may share its part in the same way: `a/x` and `a/y`
 * are parts of `a`. Who comes when there is no place waits in line.
 */
export class FairSemaphore {
  readonly #count: number;
  readonly #shared: boolean;
  readonly #held = new Map<string, number>();
  readonly #line: { readonly sharer: string; readonly enter: () => void }[] = [];

  constructor(count: number, options: { readonly shared: boolean }) {
    this.#count = count;
    this.#shared = options.shared;
  }

  /** Whether there is a place for one more of this sharer. */
  hasSeat(sharer: string): boolean {
    let room = this.#count;
    let taken = this.#heldBy(ALL);
    if (!this.#shared) return taken < room;
    for (const part of partsOf(sharer)) {
      const held = this.#heldBy(part);
      room = Math.ceil((room - (taken - held)) / 2);
      if (held >= room) return false;
      taken = held;
    }
    return true;
  }

  /** Undefined: it has one at once. */
  acquire(sharer: string): Promise<void> | undefined {
    if (!this.hasSeat(sharer)) return new Promise((enter) => this.#line.push({ sharer, enter }));
    this.#move(sharer, 1);
    return undefined;
  }

  release(sharer: string): void {
    this.#move(sharer, -1);
    for (let at = 0; at < this.#line.length; ) {
      const next = this.#line[at];
      if (next === undefined || !this.hasSeat(next.sharer)) {
        at += 1;
        continue;
      }
      this.#line.splice(at, 1);
      this.#move(next.sharer, 1);
      next.enter();
    }
  }

  #heldBy(part: string): number {
    return this.#held.get(part) ?? 0;
  }

  #move(sharer: string, by: 1 | -1): void {
    for (const part of [ALL, ...partsOf(sharer)]) {
      const held = this.#heldBy(part) + by;
      if (held === 0) this.#held.delete(part);
      else this.#held.set(part, held);
    }
  }
}

/** No sharer: every one's name ends in a slash here. */
const ALL = "";

/** `a/x` is a part of `a`: the whole first. */
function partsOf(sharer: string): readonly string[] {
  const names = sharer.split("/");
  return names.map((_, index) => `${names.slice(0, index + 1).join("/")}/`);
}
