import type { PublishedDocument } from "../../core/validation/schema/published-document.ts";

interface Kept {
  readonly hash: string;
  readonly document: PublishedDocument;
}

/** Documents by apiVersion, up to a size: those that were used longest ago go first. */
export class DocumentCache {
  readonly #maxLength: number;
  readonly #kept = new Map<string, Kept>();
  #length = 0;

  /** @param maxLength characters of all texts */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get(apiVersion: string): Kept | undefined {
    const kept = this.#kept.get(apiVersion);
    if (kept === undefined) return undefined;
    // The last entry is the one that was used last.
    this.#kept.delete(apiVersion);
    this.#kept.set(apiVersion, kept);
    return kept;
  }

  set(apiVersion: string, kept: Kept): void {
    this.#delete(apiVersion);
    this.#kept.set(apiVersion, kept);
    this.#length += kept.document.text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#length <= this.#maxLength) return;
      this.#delete(oldest);
    }
  }

  #delete(apiVersion: string): void {
    this.#length -= this.#kept.get(apiVersion)?.document.text.length ?? 0;
    this.#kept.delete(apiVersion);
  }
}
