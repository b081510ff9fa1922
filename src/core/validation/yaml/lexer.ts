import { Lexer } from "yaml";

/** The library's private state that decides how far the lines of a value must be indented. */
interface LexerState {
  indentNext: number;
  readonly flowLevel: number;
  parseQuotedScalar(): Generator<string, unknown>;
}

/** Kubernetes reads these as the ends of lines, as YAML 1.1 does. What begins there must not pass for a comment. */
const OTHER_LINE_BREAKS = /[\u0085\u2028\u2029]|\r(?!\n)/g;

/**
 * `any`: the lines of a value in brackets or quotes may begin anywhere, as for Kubernetes. `required`: as YAML's
 * specification has it; a bracket or quote that is not closed ends soon, which shows where it was forgotten.
 */
export type Indentation = "any" | "required";

/** The lexemes of a text, each as long as its part of the text. */
export function lexemesOf(text: string, indentation: Indentation = "any"): Iterable<string> {
  const lexer = indentation === "any" ? createLexer() : new Lexer();
  return lexer.lex(text.replaceAll(OTHER_LINE_BREAKS, "\n"));
}

/** The library's lexer, which ends a value at the first line that is not indented, made to go on. */
function createLexer(): Lexer {
  const lexer = new Lexer();
  const state = lexer as unknown as LexerState;
  const parseQuotedScalar = state.parseQuotedScalar.bind(lexer);
  let indentNext = 0;
  let isQuoted = false;
  Object.defineProperty(lexer, "indentNext", {
    get: () => (isQuoted || state.flowLevel > 0 ? 0 : indentNext),
    set: (value: number) => {
      indentNext = value;
    },
  });
  state.parseQuotedScalar = function* () {
    isQuoted = true;
    try {
      return yield* parseQuotedScalar();
    } finally {
      isQuoted = false;
    }
  };
  return lexer;
}
