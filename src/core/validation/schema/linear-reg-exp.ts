import { RE2JS } from "re2js";

/** Characters. The longest patterns of real CustomResourceDefinitions, for addresses, have some 1500. */
const MAX_LENGTH = 4096;
/** Instructions of patterns times characters of texts, for the objects of one package: some seconds at most. */
const MAX_WORK = 100_000_000;
/** Of this work, what the compilation of one instruction takes. */
const COMPILATION = 100;

/** The patterns of a schema would take too long for the texts of the objects. */
export class PatternWorkError extends Error {
  override readonly name = "PatternWorkError";
}

let left = MAX_WORK;

/** Runs `check`, in which patterns may take so much work together; then they throw {@link PatternWorkError}. */
export function withinPatternWork<T>(check: () => T): T {
  left = MAX_WORK;
  try {
    return check();
  } finally {
    left = MAX_WORK;
  }
}

function spend(work: number): void {
  left -= work;
  if (left < 0) throw new PatternWorkError("has patterns that take too long for the texts in the objects");
}

/**
 * A regular expression of Kubernetes, which is one of Go: no lookahead, and linear time. The constructor throws for
 * others.
 */
export class LinearRegExp {
  readonly #source: string;
  readonly #pattern: RE2JS;

  constructor(source: string) {
    if (source.length > MAX_LENGTH) throw new Error(`a pattern may have ${MAX_LENGTH} characters`);
    this.#source = source;
    this.#pattern = RE2JS.compile(source);
    spend(this.#pattern.programSize() * COMPILATION);
  }

  /** The library takes patterns of equal texts for one. */
  toString(): string {
    return this.#source;
  }

  test(text: string): boolean {
    spend(this.#pattern.programSize() * (text.length + 1));
    return this.#pattern.matcher(text).find();
  }
}
