import { describe, expect, it } from "vitest";
import { folderKey, type RefSignatures, type RemoteRef } from "./observation.ts";
import { approvableOf, COMMITS, contentsOf, FOLDER, folderOf, REPOSITORY, revision, type Sample } from "./sample.ts";
import {
  addRef,
  changeRef,
  changeStatus,
  changeTrailers,
  copyRef,
  OTHER_COMMIT,
  setNotReady,
  TAG,
  violationsAfter,
} from "./sample-changes.ts";

describe("checkTags", () => {
  it.each<[string, RegExp, (parts: Sample) => void]>([
    ["without its tag", /has no refs\/tags\/web\/app\/v1/, (parts) => void parts.refs.delete(TAG)],
    [
      "whose tag is at another commit",
      /is at 9{40}, status has 1{40}/,
      (parts) => {
        changeRef(parts, TAG, { commit: OTHER_COMMIT });
        parts.folders.set(folderKey(OTHER_COMMIT, "web/app"), folderOf({ "app.yaml": "a: 1\n" }));
      },
    ],
    [
      "that is ours by its status alone",
      /v1 is External, status has Operator/,
      (parts) => {
        const { trailers: _forged, ...tag } = parts.refs.get(TAG) as RemoteRef;
        parts.refs.set(TAG, tag);
      },
    ],
    [
      "whose status calls our tag another's",
      /v1 is Operator, status has External/,
      (parts) => changeStatus(parts, "first", { provenance: "External" }),
    ],
    [
      "whose status has no commit",
      /no revision or no commit/,
      (parts) => {
        const { commit: _gone, ...rest } = parts.first.status as NonNullable<Sample["first"]["status"]>;
        parts.first = { ...parts.first, status: rest };
      },
    ],
    [
      "whose ID has another revision",
      /packageRevID.revision is v3/,
      (parts) => {
        parts.first = {
          ...parts.first,
          spec: { packageRevID: { ...parts.first.spec.packageRevID, revision: "v3" } },
        };
      },
    ],
    [
      "that two objects claim",
      /is more than one package revision/,
      (parts) => {
        const { status: same } = parts.first;
        parts.more.push(revision("again", { ...same }));
        parts.contents.push({ ...contentsOf("again", folderOf({ "app.yaml": "a: 1\n" }), true) });
      },
    ],
    [
      "that no object represents",
      /v3: has no package revision/,
      (parts) => {
        addRef(parts, "refs/tags/web/app/v3", COMMITS.draft);
      },
    ],
  ])("reports a published revision %s", (_, message, change) => {
    expect(violationsAfter(change)).toContainEqual(expect.stringMatching(new RegExp(`^\\(1\\).*${message.source}`)));
  });

  it("reports a draft that was published twice", () => {
    const found = violationsAfter((parts) => {
      copyRef(parts, TAG, "refs/tags/web/app/v3", { revision: "v3" });
    });
    expect(found).toContainEqual(`(1) ${REPOSITORY} web/app/first: was published 2 times: v1, v3`);
  });

  it("reports a revision whose tag is not verified, unless its condition says so, and one that is", () => {
    const verify = (parts: Sample, signatures: RefSignatures, keys: readonly string[], reason?: string) => {
      parts.repository = {
        ...parts.repository,
        spec: { ...parts.repository.spec, verification: { secretRef: { name: "signers" } } },
      };
      for (const key of keys) parts.keys.add(key);
      for (const [ref, view] of parts.refs) if (ref === TAG) parts.refs.set(ref, { ...view, signatures });
      if (reason !== undefined) setNotReady(parts, "first", reason);
    };
    const found = (...more: readonly [RefSignatures, readonly string[], string?]) =>
      violationsAfter((parts) => verify(parts, ...more)).filter((text) => text.includes("verified"));
    expect(found({}, [])).toEqual([expect.stringMatching(/v1 .* is not verified, and the object is Published/)]);
    expect(found({ tag: "eve" }, ["ann"])).toHaveLength(1);
    expect(found({ tag: "ann" }, ["ann"])).toEqual([]);
    expect(found({ tag: "operator" }, [])).toEqual([]);
    expect(found({ tag: "eve" }, [], "NotVerified")).toEqual([]);
    expect(found({ tag: "operator" }, [], "NotVerified")).toEqual([
      expect.stringMatching(/v1 .* is verified, and the object is NotVerified/),
    ]);
  });

  it("accepts an external change that a condition reports", () => {
    expect(
      violationsAfter((parts) => [
        parts.refs.delete(TAG),
        setNotReady(parts, "first", "TagMissing"),
        parts.lastChanges.set(folderKey(COMMITS.main, "web/app"), COMMITS.root),
      ]),
    ).toEqual([]);
  });
});

describe("checkNumbers", () => {
  it("reports a number that is reused after its deletion, unless the deletion was undone", () => {
    const again = (commit: string) => (parts: Sample) => {
      addRef(parts, "refs/tags/web/app/v2", commit);
    };
    expect(violationsAfter(again(COMMITS.draft))).toContainEqual(
      expect.stringMatching(/^\(3\) .*v2 was deleted at 4{40}/),
    );
    expect(violationsAfter(again(COMMITS.deleted))).not.toContainEqual(expect.stringMatching(/^\(3\)/));
  });

  it("reports a revision whose draft began from a later one", () => {
    const found = violationsAfter((parts) => {
      const metadata = { base: { revision: "v1" } };
      changeTrailers(parts, TAG, { metadata, proposalDigest: approvableOf(FOLDER, metadata) });
    });
    expect(found).toEqual([expect.stringMatching(/^\(3\) .*began from v1/)]);
  });

  it("reports observed tags that were deleted or moved", () => {
    const tags = [
      { repository: REPOSITORY, ref: "refs/tags/web/app/v7", commit: COMMITS.published },
      { repository: REPOSITORY, ref: TAG, commit: COMMITS.root },
    ];
    expect(violationsAfter(() => undefined, { tags })).toEqual([
      expect.stringMatching(/^\(3\) .*v7: was at 1{40}, and is gone/),
      expect.stringMatching(/^\(3\) .*v1: was at 0{40}, .*v1 is at 1{40}/),
    ]);
    const reported = violationsAfter((parts) => setNotReady(parts, "first", "TagMoved"), { tags: tags.slice(1) });
    expect(reported).toEqual([]);
  });
});
