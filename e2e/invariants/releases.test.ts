import { describe, expect, it } from "vitest";
import { releaseDigest } from "../../src/core/release/members.ts";
import { APPROVED, type Sample } from "./sample.ts";
import { changeTrailers, setNotReady, TAG, violationsAfter } from "./sample-changes.ts";

const own = { location: { realm: "web", package: "app" }, workspace: "first", digest: APPROVED };
const other = { location: { realm: "web", package: "shop" }, workspace: "first", digest: APPROVED };
const release = (parts: Sample, members: Parameters<typeof releaseDigest>[0]) => {
  parts.refs.delete("refs/tags/web/app/deleted-v2");
  changeTrailers(parts, TAG, { release: "spring", releaseDigest: releaseDigest(members) });
};
const ofReleases = (found: readonly string[]) => found.filter((one) => one.includes("release spring"));

describe("checkReleases", () => {
  it("accepts the tags that were approved as one", () => {
    expect(ofReleases(violationsAfter((parts) => release(parts, [own])))).toEqual([]);
  });

  it("reports a release of which a tag is missing", () => {
    const found = ofReleases(violationsAfter((parts) => release(parts, [own, other])));
    expect(found).toEqual([expect.stringMatching(/^\(8\) team\/blueprints release spring: was approved as sha256/)]);
  });

  it("does not know what was in a release of which a tag was deleted since", () => {
    const changed = (parts: Sample) => changeTrailers(parts, TAG, { releaseDigest: releaseDigest([own, other]) });
    expect(ofReleases(violationsAfter(changed))).toEqual([]);
    const found = violationsAfter((parts) => {
      release(parts, [own, other]);
      setNotReady(parts, "first", "TagMoved");
    });
    expect(ofReleases(found)).toEqual([]);
  });
});
