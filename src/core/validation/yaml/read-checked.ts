import type { Document, ErrorCode, YAMLError } from "yaml";
import { findControlCharacter, type OffsetProblem } from "../text-position.ts";
import { type ReadOptions, readDocuments } from "./read-documents.ts";
import { checkSemantics } from "./semantic-checks.ts";

/** Levels of nesting. The deepest CRDs have 60. */
export const MAX_DEPTH = 250;

/** The documents of a text that Kubernetes can read; or why it cannot, by offset. */
export type CheckedDocuments =
  | { readonly documents: readonly Document.Parsed[] }
  | { readonly problems: readonly OffsetProblem[] };

/**
 * Reads a text as Kubernetes does, and refuses what it refuses: duplicate keys, depth, harmful aliases. Never throws,
 * and never expands an alias.
 */
export function readChecked(text: string, options: Pick<ReadOptions, "keepSourceTokens"> = {}): CheckedDocuments {
  const control = findControlCharacter(text);
  if (control !== undefined) return { problems: [control] };
  const read = readDocuments(text, MAX_DEPTH, options);
  if ("deepAt" in read) return { problems: [{ offset: read.deepAt, message: "nested too deeply to be read" }] };
  const { documents, refused } = read;
  const errors = read.errors.filter((one) => !isAccepted(one, text));
  const problems =
    errors.length > 0
      ? describeErrors(text, errors)
      : [...refused, ...checkSemantics(documents.map(({ contents }) => contents))];
  return problems.length === 0 ? { documents } : { problems: problems.toSorted((a, b) => a.offset - b.offset) };
}

/** The errors of a reading that is stricter where it has any: they are nearer to what is wrong. */
function describeErrors(text: string, errors: readonly YAMLError[]): readonly OffsetProblem[] {
  const strict = readDocuments(text, MAX_DEPTH, { indentation: "required" });
  const nearer = "deepAt" in strict ? [] : strict.errors.filter((one) => !isAccepted(one, text));
  return (nearer.length === 0 ? errors : nearer).map(({ pos, code, message }) => {
    return { offset: pos[0], message: describeError(code, message) };
  });
}

/** Kubernetes reads a comment right after a value in quotes or brackets, and \' in double quotes. */
export function isAccepted({ code, message, pos }: Pick<YAMLError, "code" | "message" | "pos">, text: string): boolean {
  if (code === "MISSING_CHAR") return message.startsWith("Comments must be separated");
  return code === "BAD_DQ_ESCAPE" && text.startsWith("\\'", pos[0]);
}

/** The library's message, where it quotes nothing of the file; a fixed text otherwise. */
function describeError(code: ErrorCode, message: string): string {
  switch (code) {
    case "BAD_DIRECTIVE":
      return "Unknown or incomplete directive";
    case "BAD_DQ_ESCAPE":
      return "Invalid escape sequence in double quotes";
    case "BAD_COLLECTION_TYPE":
    case "TAG_RESOLVE_FAILED":
      return "The tag does not fit the value";
    case "RESOURCE_EXHAUSTION":
      return "Nested too deeply to be read";
    case "UNEXPECTED_TOKEN":
      // The text after a colon is quoted from the file.
      return message.replace(/: .*$/s, "");
    case "ALIAS_PROPS":
    case "BAD_ALIAS":
    case "BAD_INDENT":
    case "BAD_PROP_ORDER":
    case "BAD_SCALAR_START":
    case "BLOCK_AS_IMPLICIT_KEY":
    case "BLOCK_IN_FLOW":
    case "DUPLICATE_KEY":
    case "IMPOSSIBLE":
    case "KEY_OVER_1024_CHARS":
    case "MISSING_CHAR":
    case "MULTILINE_IMPLICIT_KEY":
    case "MULTIPLE_ANCHORS":
    case "MULTIPLE_DOCS":
    case "MULTIPLE_TAGS":
    case "NON_STRING_KEY":
    case "TAB_AS_INDENT":
      return message;
    default:
      return code satisfies never;
  }
}
