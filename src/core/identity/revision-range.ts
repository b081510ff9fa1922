import semver from "semver";
import { parseRevision } from "./revision.ts";

/**
 * Whether a published revision is the one of a text, or in its range of semantic versions, in which `v3` counts as
 * 3.0.0. Undefined for a text that is neither.
 */
export function revisionFilter(text: string): ((revision: string) => boolean) | undefined {
  if (parseRevision(text) !== undefined) return (revision) => revision === text;
  if (semver.validRange(text) === null) return undefined;
  const range = new semver.Range(text);
  return (revision) => isInRange(revision, range);
}

function isInRange(revision: string, range: semver.Range): boolean {
  const number = parseRevision(revision);
  // Numbers that semver refuses, since they are not exact in JavaScript, are in no range.
  return number !== undefined && semver.satisfies(`${number.major}.${number.minor}.${number.patch}`, range);
}
