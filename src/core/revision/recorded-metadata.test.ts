import { describe, expect, it } from "vitest";
import { aRevision } from "../testing/observed.ts";
import { metadataOf, type Stamp } from "./commit-trailers.ts";
import { isRecorded, metadataDigest } from "./recorded-metadata.ts";

const inGit = (metadata: Stamp["metadata"]): Stamp => ({
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
    ["what the stamp says", labelled("a"), "a", true],
    ["what the stamp does not say", labelled("b"), "a", false],
    ["what was changed here since it was recorded", labelled("b", "a"), "a", false],
    ["what another operator has recorded since, of its own object", labelled("a", "a"), "b", true],
    ["what was changed here and there", labelled("c", "a"), "b", false],
  ] as const)("of %s", (_, object, stamped, recorded) => {
    const stamp = stamped === undefined ? undefined : inGit(metadataOf(labelled(stamped)));
    expect(isRecorded(object, stamp)).toBe(recorded);
  });
});
