/**
 * Why an expression has no value. syntax and type: it is wrong for any data; evaluation: it is wrong for this data;
 * limit: it is too large, or takes too long.
 */
export type CelErrorKind = "syntax" | "type" | "evaluation" | "limit";

/** What the library says about a missing key or index, about a name that is not declared, and about the rest. */
export type CelErrorCode = "no_such_key" | "index_out_of_bounds" | "unknown_variable" | "other";

const MAX_LENGTH = 300;

/** A problem of an expression, or of its evaluation. The message has one line. */
export class CelError extends Error {
  readonly kind: CelErrorKind;
  readonly code: CelErrorCode;
  /** Where in the expression, in characters; undefined if that is not known. */
  readonly offset: number | undefined;

  constructor(kind: CelErrorKind, message: string, { code = "other", offset }: CelErrorDetails = {}) {
    super(message.length > MAX_LENGTH ? `${message.slice(0, MAX_LENGTH)}…` : message);
    this.kind = kind;
    this.code = code;
    this.offset = offset;
  }
}

export interface CelErrorDetails {
  readonly code?: CelErrorCode | undefined;
  readonly offset?: number | undefined;
}

interface LibraryError extends Error {
  readonly summary: string;
  readonly code: string;
  readonly range?: { readonly start: number };
}

/** The library's message quotes the value, which may be that of a Secret. */
const WITHOUT_VALUE: Readonly<Record<string, string>> = {
  bool_conversion_error: "bool() takes a text that is true or false",
  invalid_duration: "duration() takes a text such as 1h30m",
  numeric_overflow: "the number has more than 64 bits",
};

/** The error for anything that the library or a function has thrown. */
export function toCelError(error: unknown, kind: CelErrorKind, rename: (message: string) => string): CelError {
  if (error instanceof CelError) return error;
  // A text or a list that is too large for the JavaScript engine, or a nesting that is too deep for it.
  if (error instanceof RangeError) return new CelError("limit", "the expression makes a value that is too large");
  if (isAmbiguous(error)) return new CelError("type", AMBIGUOUS);
  if (!isLibraryError(error)) throw error;
  const message = WITHOUT_VALUE[error.code] ?? rename(error.summary.replace(/\s+/g, " ").trim());
  const isLimit = error.code === "limit_exceeded";
  return new CelError(isLimit ? "limit" : kind, message, { code: codeOf(error.code), offset: error.range?.start });
}

const AMBIGUOUS = "the type of an operand is not known: convert it, as with double() or string()";

/** The library's own error, of operands such as the items of an empty map: `{}.map(x, x < 2.5)`. */
function isAmbiguous(error: unknown): boolean {
  return error instanceof Error && /^Operator overload '.*' overlaps with /.test(error.message);
}

function isLibraryError(error: unknown): error is LibraryError {
  return error instanceof Error && "summary" in error && typeof error.summary === "string";
}

function codeOf(code: string): CelErrorCode {
  return code === "no_such_key" || code === "index_out_of_bounds" || code === "unknown_variable" ? code : "other";
}
