import type { Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import { LABEL_LATEST } from "../../api/v1alpha1/well-known.ts";
import { type Candidate, identityKey, type NameQuery, pathOf } from "./query.ts";

/** Those that a query may mean, all of them. */
export function matching<C extends Candidate>(query: NameQuery, candidates: readonly C[]): readonly C[] {
  const named = candidates.filter(({ metadata }) => metadata.name === query.text);
  if (named.length > 0) return named;
  const ofVersion = candidates.filter((one) => query.version === undefined || hasVersion(one, query.version));
  const below = ofVersion.filter((one) => isSuffix(query.parts, fullPath(one)));
  return below.length > 0 ? below : ofVersion.filter((one) => isSubsequence(query.parts, fullPath(one)));
}

/**
 * The one that a query means, or those among which it does not decide. Of several revisions of one package it is the
 * one in a wanted state; else the only one that is open (draft or proposal); else the latest published one.
 */
export function choose<C extends Candidate>(found: readonly C[], wanted: readonly Lifecycle[] = []): readonly C[] {
  if (found.length < 2) return found;
  const suitable = found.filter((one) => wanted.includes(currentLifecycle(one)));
  if (suitable.length === 1) return suitable;
  const rest = suitable.length > 0 ? suitable : found;
  if (new Set(rest.map(({ spec }) => identityKey(spec.packageRevID))).size > 1) return rest;
  const open = rest.filter((one) => ["draft", "proposed"].includes(currentLifecycle(one)));
  if (open.length > 0) return open;
  const latest = rest.filter(isLatest);
  return latest.length === 1 ? latest : rest;
}

/** The state in the cluster; of a new object the desired one, which is draft if it names none. */
export function currentLifecycle({ spec, status }: Candidate): Lifecycle {
  return status?.lifecycle ?? spec.lifecycle ?? "draft";
}

export function isLatest({ metadata }: Candidate): boolean {
  return metadata.labels?.[LABEL_LATEST] === "true";
}

export function hasVersion(one: Candidate, version: string): boolean {
  if (version === "latest") return isLatest(one);
  const { workspace, revision } = one.spec.packageRevID;
  return (one.status?.revision ?? revision) === version || workspace === version;
}

/** With the repository in front, which a query may name, too. */
function fullPath(one: Candidate): readonly string[] {
  const path = pathOf(one);
  const { repository } = one.spec.packageRevID;
  return path[0] === repository ? path : [repository, ...path];
}

function isSuffix(parts: readonly string[], path: readonly string[]): boolean {
  return parts.length <= path.length && parts.every((part, index) => part === path[path.length - parts.length + index]);
}

/** `edge1/storefront` leaves the realm out. The package itself must be named. */
function isSubsequence(parts: readonly string[], path: readonly string[]): boolean {
  if (parts.at(-1) !== path.at(-1)) return false;
  let at = 0;
  for (const part of path) if (part === parts[at]) at++;
  return at === parts.length;
}
