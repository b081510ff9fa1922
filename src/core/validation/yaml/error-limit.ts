import { type Composer, type CST, type ParsedNode, YAMLParseError } from "yaml";

/** A megabyte may have a million of them, each with a stack: minutes, and more memory than there is. */
const MAX_ERRORS = 1000;

/** Ends the composer. */
export class TooManyErrors extends Error {}

type Report = (source: unknown, code: unknown, message: unknown, isWarning?: boolean) => void;

/** Collects the errors of a composer, which ends after a number of them. */
export class ErrorLimit {
  /** Those so far. */
  readonly errors: YAMLParseError[] = [];

  constructor(composer: Composer<ParsedNode>) {
    // The library's private function that adds an error, or a warning; and the errors that it has added.
    const state = composer as unknown as { onError: Report; readonly errors: readonly YAMLParseError[] };
    const { onError } = state;
    state.onError = (source, code, message, isWarning) => {
      // The library reports what is thrown here as one more error.
      if (this.isReached) return;
      onError(source, code, message, isWarning);
      const last = state.errors.at(-1);
      if (isWarning !== true && last !== undefined) this.#add(last);
      if (this.isReached) throw new TooManyErrors();
    };
  }

  get isReached(): boolean {
    return this.errors.length >= MAX_ERRORS;
  }

  /** An error of the parser, which the composer does not report. */
  note(token: CST.Token): void {
    if (token.type !== "error") return;
    this.#add(
      new YAMLParseError([token.offset, token.offset + token.source.length], "UNEXPECTED_TOKEN", token.message),
    );
  }

  #add(error: YAMLParseError): void {
    if (!this.isReached) this.errors.push(error);
  }
}
