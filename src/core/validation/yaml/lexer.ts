import { Lexer } from "yaml";

/** The library's private state that decides how far the lines of a value must be indented. */
interface LexerState {
  indentNext: number;
  readonly flowLevel: number;
  parseQuotedScalar(): Generator<string, unknown>;
}

/** Kubernetes reads these as the ends of lines, as YAML 1.1 does. */
const OTHER_LINE_BREAKS = /[\u0085\u2028\u2029]/g;

/** The lexemes of a text as Kubernetes reads it, each as long as its part of the text. */
export function lexemesOf(text: string): Iterable<string> {
  return createLexer().lex(text.replaceAll(OTHER_LINE_BREAKS, "\n"));
}

/**
 * The library's lexer, but the lines of a value in brackets or quotes may begin anywhere. YAML's specification requires
 * them to be indented, and the library ends the value at the first that is not.
 */
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
