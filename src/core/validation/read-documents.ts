import { Composer, type Document, Lexer, type ParsedNode, Parser, type YAMLError } from "yaml";

/** Types that JSON does not have: Kubernetes takes them for text. */
const UNREAD: ReadonlySet<string> = new Set(
  ["timestamp", "binary", "omap", "pairs", "set"].map((name) => `tag:yaml.org,2002:${name}`),
);

export interface Documents {
  readonly documents: readonly Document.Parsed[];
  readonly errors: readonly YAMLError[];
}

/**
 * Reads a text as Kubernetes reads YAML: 1.1, merge keys, several documents. `deepAt`: where it nests deeper than `maxDepth`
 * levels, as an offset. Parser and composer of the library recurse, and what exhausts the stack there may end the process:
 * so they get one token after the other, and no more once too much is open. What is deep is for the parser alone to say, since
 * it takes some texts for deeper than they look.
 */
export function readDocuments(text: string, maxDepth: number): Documents | { readonly deepAt: number } {
  const parser = new Parser();
  const composer = new Composer<ParsedNode>({
    version: "1.1",
    merge: true,
    // Its own search for duplicates takes time with the square of the keys.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !UNREAD.has(tag.tag)),
  });
  const documents: Document.Parsed[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > maxDepth) return { deepAt: parser.offset };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  const errors = documents.length === 0 ? composer.streamInfo().errors : documents.flatMap((one) => one.errors);
  return { documents, errors };
}
