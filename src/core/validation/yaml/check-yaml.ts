import type { Document, ErrorCode, YAMLError } from "yaml";
import { type CheckResult, NO_PROBLEMS } from "../file-check.ts";
import { findControlCharacter, findInvalidUtf8, locate, type OffsetProblem } from "../text-position.ts";
import { type Documents, readDocuments } from "./read-documents.ts";
import { findResources } from "./resource-ids.ts";
import { checkSemantics } from "./semantic-checks.ts";

const MAX_LISTED = 10;
/** Levels of nesting. The deepest CRDs have 60. */
const MAX_DEPTH = 250;

/** The documents of a file, or what keeps Kubernetes from reading it. */
export type YamlReading =
  | { readonly text: string; readonly documents: readonly Document.Parsed[] }
  | Pick<CheckResult, "problems" | "count">;

/**
 * Reads a file as Kubernetes reads YAML: 1.1, merge keys, several documents, unique keys. Never throws, and never
 * expands an alias. Takes seconds for a megabyte.
 */
export function readYaml(bytes: Uint8Array): YamlReading {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const read = readText(bytes, text);
  const found =
    "problems" in read
      ? read.problems
      : [...read.refused, ...read.documents.flatMap((one) => checkSemantics(one.contents))];
  if (found.length === 0 && "documents" in read) return { text, documents: read.documents };
  const first = found.toSorted((a, b) => a.offset - b.offset).slice(0, MAX_LISTED);
  return { problems: first.map(({ offset, message }) => ({ ...locate(text, offset), message })), count: found.length };
}

/** The problems of a file, else the objects in it. Reads as {@link readYaml} does. */
export function checkYaml(bytes: Uint8Array): CheckResult {
  const read = readYaml(bytes);
  return "problems" in read ? read : { ...NO_PROBLEMS, ...findResources(read.text, read.documents) };
}

function readText(
  bytes: Uint8Array,
  text: string,
): Pick<Documents, "documents" | "refused"> | { readonly problems: readonly OffsetProblem[] } {
  const invalidUtf8 = findInvalidUtf8(bytes);
  if (invalidUtf8 !== undefined) return { problems: [{ offset: invalidUtf8, message: "not UTF-8 text" }] };
  const control = findControlCharacter(text);
  if (control !== undefined) return { problems: [control] };
  const read = readDocuments(text, MAX_DEPTH);
  if ("deepAt" in read) return { problems: [{ offset: read.deepAt, message: "nested too deeply to be read" }] };
  const { documents, refused } = read;
  const errors = read.errors.filter((one) => !isAccepted(one, text));
  return errors.length === 0 ? { documents, refused } : { problems: describeErrors(text, errors) };
}

/** The errors of a reading that is stricter where it has any: they are nearer to what is wrong. */
function describeErrors(text: string, errors: readonly YAMLError[]): readonly OffsetProblem[] {
  const strict = readDocuments(text, MAX_DEPTH, "required");
  const nearer = "deepAt" in strict ? [] : strict.errors.filter((one) => !isAccepted(one, text));
  return (nearer.length === 0 ? errors : nearer).map(({ pos, code, message }) => {
    return { offset: pos[0], message: describeError(code, message) };
  });
}

/** Kubernetes reads a comment right after a value in quotes or brackets, and \' in double quotes. */
function isAccepted({ code, message, pos }: YAMLError, text: string): boolean {
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
