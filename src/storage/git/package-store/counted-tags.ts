import type { Oid } from "../../../core/identity/oid.ts";
import type { RefFacts } from "../../../core/repository/classify-ref.ts";

/** The tags that count, with the ids of their objects: they go on counting while the keys cannot be read. */
export class CountedTags {
  readonly #counted = new Map<string, Oid>();

  /** @param isHeld the keys cannot be read: what counted before goes on counting */
  decide({ notVerified, ...facts }: RefFacts, oid: Oid | undefined, isHeld: boolean): RefFacts {
    if (notVerified === undefined || (isHeld && this.#counted.get(facts.ref) === oid)) {
      if (oid !== undefined && facts.ref.startsWith("refs/tags/")) this.#counted.set(facts.ref, oid);
      return facts;
    }
    this.#counted.delete(facts.ref);
    return { ...facts, notVerified };
  }

  delete(ref: string): void {
    this.#counted.delete(ref);
  }
}
