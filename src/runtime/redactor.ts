import { LOOK_AHEAD, SecretSearch } from "./secret-search.ts";

/** The encoded forms of a shorter value could be longer, but its own would match ordinary words. */
const MIN_SECRET_LENGTH = 4;

/** Replaces registered secrets in texts. */
export class Redactor {
  readonly #search = new SecretSearch();

  /** Returns a function that unregisters the value, as it does the first time it is called. */
  add(value: string): () => void {
    const forms = formsOf(value);
    for (const form of forms) this.#search.add(form);
    let registered = true;
    return () => {
      if (!registered) return;
      registered = false;
      for (const form of forms) this.#search.remove(form);
    };
  }

  /**
   * The text with `[redacted]` in place of secrets. Of a text with more than `max` characters, as many; the rest is
   * counted. What is shown contains no part of a secret that continues after it.
   */
  redact(text: string, max = text.length): string {
    const isCut = text.length > max;
    const seen = isCut ? text.slice(0, max + LOOK_AHEAD) : text;
    const shown: string[] = [];
    let from = 0;
    for (const [start, end] of this.#search.find(seen, max)) {
      shown.push(seen.slice(from, start), "[redacted]");
      from = end;
    }
    shown.push(seen.slice(from, max));
    if (isCut) shown.push(`… (${text.length - max} more characters)`);
    return shown.join("");
  }
}

/** As it is, URL-encoded, and in base64: the forms of requests. */
function formsOf(value: string): ReadonlySet<string> {
  if (value.length < MIN_SECRET_LENGTH) return new Set();
  const text = value.toWellFormed();
  return new Set([value, encodeURIComponent(text), Buffer.from(text).toString("base64")]);
}
