import { describe, expect, it } from "vitest";
import { aRevision } from "../testing/observed.ts";
import { type CommitMetadata, recordedMetadataOf } from "./commit-trailers.ts";
import { isRecorded, metadataDigest } from "./recorded-metadata.ts";

const inGit = (metadata: CommitMetadata["metadata"]): CommitMetadata => ({
  path: "dns",
  workspace: "one",
  lifecycle: "draft",
  metadata,
});
const digestOf = (team: string) => metadataDigest(aRevision({ labels: { team } }));
const labelled = (team: string, recorded?: string) =>
  aRevision({ labels: { team }, status: recorded === undefined ? {} : { metadataDigest: digestOf(recorded) } });

describe("isRecorded", () => {
  it.each([
    ["an object without anything of users, on a branch of others", aRevision({}), undefined, true],
    ["an object with a label, on a branch of others", labelled("a", "a"), undefined, false],
    ["what the trailers say", labelled("a"), "a", true],
    ["what the trailers do not say", labelled("b"), "a", false],
    ["what was changed here since it was recorded", labelled("b", "a"), "a", false],
    ["what another operator has recorded since, of its own object", labelled("a", "a"), "b", true],
    ["what was changed here and there", labelled("c", "a"), "b", false],
  ] as const)("of %s", (_, object, inTrailers, recorded) => {
    const trailers = inTrailers === undefined ? undefined : inGit(recordedMetadataOf(labelled(inTrailers)));
    expect(isRecorded(object, trailers)).toBe(recorded);
  });
});
