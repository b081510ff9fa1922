import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trailers } from "../testing/trailers.ts";
import { parseCommitMetadata, renderCommitMessage } from "./commit-trailers.ts";
import { proposalDigest } from "./proposal-digest.ts";

const CONTENTS = `sha256:${"a".repeat(64)}`;

describe("proposalDigest", () => {
  it("is the documented hash, independent of the order of keys", () => {
    const digest = "sha256:f10c50edd372abaf427972663b4f66f509f271be11b20ed0b0e4f80e4d0f954f";
    expect(proposalDigest(CONTENTS, { labels: { a: "1", b: "2" } })).toBe(
      proposalDigest(CONTENTS, { labels: { b: "2", a: "1" } }),
    );
    expect(proposalDigest(CONTENTS, { labels: { a: "1" } })).toBe(digest);
  });

  it("differs with the files, and with every part of the metadata", () => {
    const digests = [
      proposalDigest(CONTENTS, {}),
      proposalDigest(`sha256:${"b".repeat(64)}`, {}),
      proposalDigest(CONTENTS, { spec: { updatePolicy: "strict" } }),
      proposalDigest(CONTENTS, { labels: { a: "1" } }),
      proposalDigest(CONTENTS, { annotations: { a: "1" } }),
      proposalDigest(CONTENTS, { base: { revision: "v1" } }),
      proposalDigest(CONTENTS, { upstreamLock: { revision: "v1", commit: "c", digest: "d" } }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("is the same from the metadata that is read back from a commit", () => {
    fc.assert(
      fc.property(trailers, (commit) => {
        const read = parseCommitMetadata(renderCommitMessage("subject", commit));
        expect(proposalDigest(CONTENTS, read?.metadata ?? {})).toBe(proposalDigest(CONTENTS, commit.metadata));
      }),
    );
  });
});
