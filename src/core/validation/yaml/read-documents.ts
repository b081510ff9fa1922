import {
  type CollectionTag,
  Composer,
  type CST,
  Document,
  type DocumentOptions,
  type ParsedNode,
  Parser,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
  type YAMLError,
} from "yaml";
import { decodeBase64, encodeBase64 } from "../../files/base64.ts";
import type { OffsetProblem } from "../text-position.ts";
import { parseBlocks } from "./block-parser/parse-blocks.ts";
import { ErrorLimit, TooManyErrors } from "./error-limit.ts";
import { type Indentation, lexemesOf } from "./lexer.ts";
import { TokenRules } from "./token-rules.ts";

/** Types that JSON does not have: Kubernetes reads them as text. */
const TEXT_TAGS: ReadonlySet<string> = new Set(
  ["timestamp", "binary", "omap", "pairs", "set"].map((name) => `tag:yaml.org,2002:${name}`),
);

const DECIMAL = /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*)$/;
const EXPONENT = /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+$/;
/** Of YAML 1.2, as `0o17`; Kubernetes reads both notations. */
const OCTAL: ScalarTag = {
  identify: () => false,
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) =>
    (text.startsWith("-") ? -1 : 1) * Number.parseInt(text.replace(/^[-+]?0o/, "").replaceAll("_", ""), 8),
};

/** A text in base64, for which the library makes bytes. */
const BINARY: ScalarTag = {
  identify: () => false,
  tag: "tag:yaml.org,2002:binary",
  resolve: (text, onError) => {
    const decoded = decodeText(text);
    if (decoded === undefined) onError("no base64");
    return decoded ?? text;
  },
  stringify: ({ source, value }) =>
    source !== undefined && decodeText(source) === value
      ? source
      : encodeBase64(new TextEncoder().encode(String(value))),
};

function decodeText(base64: string): string | undefined {
  const bytes = decodeBase64(base64);
  return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/**
 * The library's tags with the differences of Kubernetes. Text are: dates and other types that JSON does not have;
 * numbers in base 60, such as `12:30:45` and MAC addresses; a dot alone, `e1`, and numbers that are too large.
 */
function kubernetesTags(tags: Tags): Tags {
  const adapted = tags.flatMap((tag): Tags => (typeof tag === "string" ? [tag] : adaptTag(tag)));
  return [...adapted, OCTAL, BINARY];
}

function adaptTag(tag: ScalarTag | CollectionTag): Tags {
  if (TEXT_TAGS.has(tag.tag) || ("format" in tag && tag.format === "TIME")) return [];
  if (tag.collection !== undefined || tag.tag !== "tag:yaml.org,2002:float" || tag.test?.test(".inf") === true)
    return [tag];
  const resolve: ScalarTag["resolve"] = (text, onError, options) =>
    Number.isFinite(Number.parseFloat(text)) ? tag.resolve(text, onError, options) : text;
  return [{ ...tag, test: tag.format === "EXP" ? EXPONENT : DECIMAL, resolve }];
}

export interface Documents {
  readonly documents: readonly Document.Parsed[];
  readonly errors: readonly YAMLError[];
  /** What the library accepts, and Kubernetes does not. */
  readonly refused: readonly OffsetProblem[];
}

export interface ReadOptions {
  readonly indentation?: Indentation;
  /** Nodes keep the tokens that they were read from, for those who edit the text. */
  readonly keepSourceTokens?: boolean;
}

/** How Kubernetes reads YAML: 1.1, merge keys, and no types that JSON does not have. */
export const KUBERNETES_YAML = {
  version: "1.1",
  merge: true,
  // The library's search for duplicate keys takes quadratic time.
  uniqueKeys: false,
  logLevel: "silent",
  customTags: kubernetesTags,
} as const;

/** Texts that no other tag matches: they begin as no number and no word does, or are longer than the words. */
const CLEARLY_TEXT: ScalarTag = {
  identify: () => false,
  default: true,
  tag: "tag:yaml.org,2002:str",
  test: /^(?:[^-+.0-9~<=YyNnTtFfOo]|[A-Za-z].{5})/s,
  resolve: (text) => text,
};

/** The same for texts without directives: all documents share one schema, since making it takes time. */
const PLAIN_YAML = {
  ...KUBERNETES_YAML,
  prettyErrors: false,
  schema: new Document(null, {
    ...KUBERNETES_YAML,
    customTags: (tags) => [CLEARLY_TEXT, ...kubernetesTags(tags)],
  } satisfies DocumentOptions & SchemaOptions).schema,
};

/**
 * Reads a text as Kubernetes reads YAML: 1.1, merge keys, several documents. `deepAt` is the offset at which the text
 * nests deeper than `maxDepth` levels.
 *
 * The library's parser and composer recurse, and a stack overflow there may end the process. So they get one token at a
 * time, and no more once `maxDepth` levels are open. Only the parser's own stack gives the depth: it reads some texts
 * as deeper than their brackets and indentation suggest.
 */
export function readDocuments(
  text: string,
  maxDepth: number,
  { indentation = "any", keepSourceTokens = false }: ReadOptions = {},
): Documents | { readonly deepAt: number } {
  const plain = indentation === "any" ? readPlainDocuments(text, maxDepth, keepSourceTokens) : undefined;
  if (plain !== undefined) return plain;
  const parser = new Parser();
  const composer = new Composer<ParsedNode>({ ...KUBERNETES_YAML, prettyErrors: false, keepSourceTokens });
  const limit = new ErrorLimit(composer);
  const documents: Document.Parsed[] = [];
  const rules = new TokenRules();
  const compose = (token: CST.Token) => {
    limit.note(token);
    documents.push(...composer.next(token));
  };
  try {
    for (const lexeme of lexemesOf(text, indentation)) {
      rules.next(lexeme);
      for (const token of parser.next(lexeme)) compose(token);
      if (parser.stack.length > maxDepth) return { deepAt: parser.offset };
      if (limit.isReached) break;
    }
    if (!limit.isReached) for (const token of parser.end()) compose(token);
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
  }
  if (limit.isReached) return { documents, errors: limit.errors, refused: rules.found };
  documents.push(...composer.end());
  const errors = documents.length === 0 ? composer.streamInfo().errors : documents.flatMap((one) => one.errors);
  return { documents, errors, refused: rules.found };
}

/** Undefined for what the library reads better: texts that are not in block style, and errors. */
function readPlainDocuments(text: string, maxDepth: number, keepSourceTokens: boolean): Documents | undefined {
  const tokens = parseBlocks(text, maxDepth);
  const documents = tokens === undefined ? undefined : composePlain(tokens, keepSourceTokens);
  return documents === undefined ? undefined : { documents, errors: [], refused: [] };
}

/** The documents of tokens of {@link parseBlocks}; undefined if there is an error. */
export function composePlain(
  tokens: readonly CST.Token[],
  keepSourceTokens: boolean,
): readonly Document.Parsed[] | undefined {
  const composer = new Composer<ParsedNode>({ ...PLAIN_YAML, keepSourceTokens });
  const documents = [...composer.compose(tokens)];
  const hasErrors = composer.streamInfo().errors.length > 0 || documents.some(({ errors }) => errors.length > 0);
  return hasErrors ? undefined : documents;
}
