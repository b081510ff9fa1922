import { describe, expect, it } from "vitest";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_CONFIRM_HISTORY, ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { aRepository, aRevision, condition } from "../../core/testing/observed.ts";
import {
  countsChanged,
  isBlockedByOthers,
  readyStatus,
  specChanged,
  specOrRequestChanged,
  syncRequestHandled,
} from "./predicates.ts";

const base = aRepository();
const withMetadata = (metadata: Partial<Repository["metadata"]>): Repository => {
  return { ...base, metadata: { ...base.metadata, ...metadata } };
};
const withStatus = (status: Partial<NonNullable<Repository["status"]>>): Repository => {
  return { ...base, status: { observedGeneration: 1, ...status } };
};

describe("specOrRequestChanged", () => {
  it.each<[string, Repository]>([
    ["the spec", withMetadata({ generation: 2 })],
    ["the object itself, recreated under its name", withMetadata({ uid: "other" })],
    ["a deletion", withMetadata({ deletionTimestamp: "2025-01-02T03:04:05Z" })],
    ["a requested sync", withMetadata({ annotations: { [ANNOTATION_SYNC]: "now" } })],
    ["a confirmed history", withMetadata({ annotations: { [ANNOTATION_CONFIRM_HISTORY]: "c0ffee" } })],
  ])("is true for %s", (_, next) => {
    expect(specOrRequestChanged(next, base)).toBe(true);
  });

  it.each<[string, Repository]>([
    ["the status", withStatus({ packages: 3 })],
    ["the resource version", withMetadata({ resourceVersion: "9" })],
    ["labels and other annotations", withMetadata({ labels: { a: "b" }, annotations: { a: "b" } })],
    ["finalizers", withMetadata({ finalizers: ["example.com/f"] })],
  ])("is false for %s", (_, next) => {
    expect(specOrRequestChanged(next, base)).toBe(false);
  });
});

describe("specChanged", () => {
  it("is true for a new or deleted object, a recreated one and another generation alone", () => {
    expect(specChanged(base, undefined)).toBe(true);
    expect(specChanged(undefined, base)).toBe(true);
    expect(specChanged(withMetadata({ uid: "other" }), base)).toBe(true);
    expect(specChanged(withMetadata({ generation: 2 }), base)).toBe(true);
    expect(specChanged(withMetadata({ annotations: { [ANNOTATION_SYNC]: "now" } }), base)).toBe(false);
  });
});

describe("syncRequestHandled", () => {
  it("is true when status names another request", () => {
    const handled = withStatus({ lastHandledSyncRequest: "now" });
    expect(syncRequestHandled(handled, base)).toBe(true);
    expect(syncRequestHandled(handled, handled)).toBe(false);
  });
});

describe("isBlockedByOthers", () => {
  it("is true while a condition has one of their reasons", () => {
    for (const reason of ["RepositoryOverlap", "TooManyRepositories"]) {
      const blocked = { ...condition("Ready", "False"), reason };
      expect(isBlockedByOthers(aRepository({}, { ready: blocked }))).toBe(true);
    }
    expect(isBlockedByOthers(aRepository({}, { ready: condition("Ready", "False") }))).toBe(false);
    expect(isBlockedByOthers(base)).toBe(false);
  });
});

describe("countsChanged", () => {
  const draft = aRevision({ status: { lifecycle: "draft", contentsSize: 1 } });

  it("is true for another lifecycle or size, and where a revision with one is new or deleted", () => {
    expect(countsChanged(draft, aRevision({ status: { lifecycle: "proposed", contentsSize: 1 } }))).toBe(true);
    expect(countsChanged(draft, aRevision({ status: { lifecycle: "draft", contentsSize: 2 } }))).toBe(true);
    expect(countsChanged(draft, undefined)).toBe(true);
    expect(countsChanged(undefined, draft)).toBe(true);
  });

  it("is false for another commit, and for a revision without a status", () => {
    const other = aRevision({ status: { lifecycle: "draft", contentsSize: 1, commit: "c0ffee" } });
    expect(countsChanged(other, draft)).toBe(false);
    expect(countsChanged(aRevision({}), undefined)).toBe(false);
  });
});

describe("readyStatus", () => {
  it("is the status of Ready, whatever the order of the conditions", () => {
    const conditions = [condition("Stalled", "True"), condition("Ready", "False")];
    expect(readyStatus(withStatus({ conditions }))).toBe("False");
    expect(readyStatus(base)).toBeUndefined();
  });
});
