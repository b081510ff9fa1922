import { describe, expect, it } from "vitest";
import { checkResync, type Traces } from "./resync.ts";
import { COMMITS, observationOf, REPOSITORY, revision, type Sample, sample } from "./sample.ts";

describe("checkResync", () => {
  const traces = (change: (parts: Sample) => void, ref: string = COMMITS.main): Traces => {
    const parts = sample();
    change(parts);
    return {
      cluster: observationOf(parts).cluster,
      refs: new Map([[REPOSITORY, new Map([["refs/heads/main", ref]])]]),
    };
  };
  const quiet = traces(() => undefined);

  it("accepts the Repository's answer to the request", () => {
    const answered = traces((parts) => {
      const { metadata, status: before } = parts.repository;
      const annotations = { "pkg.pkgserver.dev/sync-requested-at": "now" };
      parts.repository = {
        ...parts.repository,
        metadata: { ...metadata, annotations, resourceVersion: "99" },
        status: { observedGeneration: 1, ...before, lastHandledSyncRequest: "now", lastSyncTime: "now" },
      };
    });
    expect(checkResync(quiet, answered)).toEqual([]);
  });

  it.each<[string, RegExp, Traces]>([
    [
      "an object that was written",
      /app.next: was changed: 7 → 9/,
      traces((parts) => {
        parts.next = { ...parts.next, metadata: { ...parts.next.metadata, resourceVersion: "9" } };
      }),
    ],
    ["contents that were deleted", /app.first: was deleted/, traces((parts) => void parts.contents.shift())],
    [
      "an object that was created",
      /app.new: was created/,
      traces((parts) => void parts.more.push(revision("new", {}))),
    ],
    [
      "a Repository that was written beyond its answer",
      /Repository .* was changed/,
      traces((parts) => {
        parts.repository = {
          ...parts.repository,
          status: { observedGeneration: 1, ...parts.repository.status, packages: 9 },
        };
      }),
    ],
    ["a ref that moved", /refs\/heads\/main: was changed: 2{40} → 3{40}/, traces(() => undefined, COMMITS.draft)],
  ])("reports %s", (_, message, after) => {
    const found = checkResync(quiet, after).map((one) => `(${one.invariant}) ${one.subject}: ${one.message}`);
    expect(found).toEqual([expect.stringMatching(new RegExp(`^\\(10\\) .*${message.source}`))]);
  });
});
