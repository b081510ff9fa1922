import type { FileProblem } from "../../../api/v1alpha1/package-revision-resources.ts";
import { compare } from "../../identity/compare.ts";
import { offsetOfField } from "../schema/locate-field.ts";
import type { FieldPath } from "../schema/unknown-fields.ts";
import type { ParsedObject } from "./parse-objects.ts";

/** An error keeps a package from being proposed; a warning does not. */
export type Severity = "error" | "warning";

/** A problem of an object, before its place is looked up. */
export interface Finding {
  readonly object: ParsedObject;
  /** The field that the message is about; its place is that of the nearest field around it that is there. */
  readonly field: FieldPath;
  /** The rule that found it, for programs: `schema`, `policy/no-latest-tag`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
}

/** A problem of an object, with its place. */
export interface ObjectProblem extends FileProblem, Pick<Finding, "rule" | "severity"> {}

/** The limit of the schema of {@link FileProblem}. */
const MAX_MESSAGE = 256;

/** The first findings by path and place, at most `most`; their messages are cut to what a status may hold. */
export function locateFindings(findings: readonly Finding[], most: number): readonly ObjectProblem[] {
  return findings
    .map((one) => ({ ...one, offset: offsetOf(one.object, one.field) }))
    .sort((a, b) => compare(a.object.file.path, b.object.file.path) || a.offset - b.offset)
    .slice(0, most)
    .map(({ object: { file }, offset, rule, severity, message }) => ({
      path: file.path,
      ...file.locate(offset),
      message: cutMessage(message),
      rule,
      severity,
    }));
}

/** The offset of a field of an object in the text of its file. */
export function offsetOf({ document, node }: ParsedObject, field: FieldPath): number {
  return offsetOfField(document, node, field);
}

function cutMessage(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1).toWellFormed()}…` : message;
}
