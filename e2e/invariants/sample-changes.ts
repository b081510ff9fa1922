import { findViolations } from "./check.ts";
import type { Ledger } from "./ledger.ts";
import type { RemoteRef } from "./observation.ts";
import { folderOf, observationOf, type Sample, sample } from "./sample.ts";

export const OTHER_FOLDER = folderOf({ "app.yaml": "a: 9\n" });
export const OTHER_COMMIT = "9".repeat(40);
export const TAG = "refs/tags/web/app/v1";
export const BRANCH = "refs/heads/web/app/next";

type Trailers = NonNullable<RemoteRef["trailers"]>;

/** `(INVARIANT) SUBJECT: MESSAGE` of each violation in a changed sample. */
export function violationsAfter(change: (parts: Sample) => void, ledger?: Partial<Ledger>): readonly string[] {
  const parts = sample();
  change(parts);
  return findViolations(observationOf(parts), ledger).map((one) => `(${one.invariant}) ${one.subject}: ${one.message}`);
}

export function changeRef(parts: Sample, name: string, fields: Partial<RemoteRef>): void {
  parts.refs.set(name, { ...(parts.refs.get(name) as RemoteRef), ...fields });
}

/** Adds a ref that is like the one named `like`, with other trailers. */
export function copyRef(parts: Sample, like: string, ref: string, trailers: Partial<Trailers>): void {
  const original = parts.refs.get(like) as RemoteRef;
  parts.refs.set(ref, { ...original, ref, trailers: { ...(original.trailers as Trailers), ...trailers } });
}

/** Adds a ref without trailers. */
export function addRef(parts: Sample, ref: string, commit: string): void {
  parts.refs.set(ref, { ref, oid: commit, commit, annotated: false });
}

export function changeTrailers(parts: Sample, name: string, trailers: object): void {
  changeRef(parts, name, { trailers: { ...(parts.refs.get(name)?.trailers as Trailers), ...trailers } });
}

/** Makes an object not Ready, for this reason. */
export function setNotReady(parts: Sample, which: "first" | "next" | "repository", reason: string): void {
  const condition = {
    type: "Ready",
    status: "False",
    reason,
    message: "why",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  } as const;
  const object = parts[which] as Sample["first"];
  (parts[which] as Sample["first"]) = {
    ...object,
    status: { ...object.status, observedGeneration: object.metadata.generation ?? 0, conditions: [condition] },
  };
}

export function changeStatus(parts: Sample, which: "first" | "next", fields: object): void {
  const object = parts[which];
  parts[which] = { ...object, status: { observedGeneration: 2, ...object.status, ...fields } };
}

export function changePage(
  parts: Sample,
  index: number,
  fields: { readonly spec?: object; readonly status?: object; readonly metadata?: object },
): void {
  const object = parts.contents[index] as Sample["contents"][number];
  parts.contents[index] = { ...object, ...fields, metadata: { ...object.metadata, ...fields.metadata } };
}
