import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { aRevision } from "../testing/observed.ts";
import { NO_PREFIXES } from "./metadata-keys.ts";
import {
  isAcknowledged,
  isRecorded,
  metadataDigest,
  nextMetadata,
  recordedAs,
  recordedMetadataOf,
  usersPart,
} from "./recorded-metadata.ts";

const digestOf = (team: string) => metadataDigest(aRevision({ labels: { team } }), NO_PREFIXES);
const labelled = (team: string, recorded?: string) =>
  aRevision({ labels: { team }, status: recorded === undefined ? {} : { metadataDigest: digestOf(recorded) } });

describe("usersPart", () => {
  it("has no approval, no ID, and no keys with prefixes that are not listed", () => {
    const object: PackageRevision = aRevision({
      spec: { lifecycle: "published", approval: { digest: "d", by: "eve" }, updatePolicy: "strict" },
      labels: { team: "net", "pkg.pkgserver.dev/latest": "true" },
      annotations: {
        note: "x",
        "example.com/y": "z",
        "example.org/y": "z",
        "pkg.pkgserver.dev/confirm-base": "v1",
        "pkgserver.dev/x": "y",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
      },
    });
    expect(usersPart({ spec: object.spec, ...labelsOf(object) }, ["example.com"])).toEqual({
      spec: { updatePolicy: "strict" },
      labels: { team: "net" },
      annotations: { note: "x", "example.com/y": "z" },
    });
  });

  it("drops values that are not text", () => {
    expect(usersPart({ labels: JSON.parse('{"a":1,"b":"x"}') })).toEqual({ labels: { b: "x" } });
  });
});

describe("recordedMetadataOf", () => {
  it("is empty if users set nothing", () => {
    expect(recordedMetadataOf(aRevision({}), NO_PREFIXES)).toStrictEqual({});
  });

  it("includes labels and annotations", () => {
    const [labels, annotations] = [{ team: "net" }, { note: "x" }];
    expect(recordedMetadataOf(aRevision({ labels, annotations }), NO_PREFIXES)).toStrictEqual({ labels, annotations });
  });

  it("includes nothing of status, which others may have written", () => {
    const base = { revision: "v1", commit: "c" };
    const upstreamLock = { revision: "v1", commit: "c", digest: "d" };
    expect(recordedMetadataOf(aRevision({ status: { base, upstreamLock } }), NO_PREFIXES)).toStrictEqual({});
  });
});

describe("nextMetadata", () => {
  it("drops fields that users removed, and keeps the recorded origin, whatever status has", () => {
    const base = { revision: "v1", commit: "c" };
    const before = { base, labels: { team: "net" }, spec: { updatePolicy: "strict" as const } };
    expect(nextMetadata(aRevision({ labels: { a: "b" } }), NO_PREFIXES, before)).toEqual({ base, labels: { a: "b" } });
    const newer = { revision: "v2", commit: "d" };
    expect(nextMetadata(aRevision({ status: { base: newer } }), NO_PREFIXES, before)).toEqual({ base });
    expect(nextMetadata(aRevision({}), NO_PREFIXES)).toStrictEqual({});
    const upstreamLock = { revision: "v1", commit: "c", digest: "d" };
    expect(nextMetadata(aRevision({}), NO_PREFIXES, { upstreamLock })).toStrictEqual({ upstreamLock });
  });
});

describe("recordedAs", () => {
  it("has the digest only of recorded metadata", () => {
    const object = labelled("a");
    expect(recordedAs(object, NO_PREFIXES, recordedMetadataOf(object, NO_PREFIXES))).toEqual({
      metadataDigest: digestOf("a"),
    });
    expect(recordedAs(object, NO_PREFIXES, {})).toEqual({});
  });
});

describe("isRecorded", () => {
  it.each([
    ["an object without users' fields, on an external branch", aRevision({}), undefined, true],
    ["an object with a label, on an external branch", labelled("a", "a"), undefined, false],
    ["the metadata in the trailers", labelled("a"), "a", true],
    ["metadata that is not in the trailers", labelled("b"), "a", false],
    ["metadata that was changed since it was recorded", labelled("b", "a"), "a", false],
    ["metadata that another operator has since replaced with that of its object", labelled("a", "a"), "b", true],
    ["metadata that was changed here and by another operator", labelled("c", "a"), "b", false],
  ] as const)("of %s", (_, object, inTrailers, recorded) => {
    const inGit = inTrailers === undefined ? undefined : recordedMetadataOf(labelled(inTrailers), NO_PREFIXES);
    expect(isRecorded(object, NO_PREFIXES, inGit)).toBe(recorded);
  });
});

describe("keys of tools", () => {
  const tools = { "applyset.kubernetes.io/part-of": "x", "argocd.argoproj.io/tracking-id": "y" };
  const object = (more: object = {}, status = {}) => aRevision({ labels: { team: "net", ...tools, ...more }, status });
  const ofEarlierVersion = { labels: { team: "net", ...tools } };

  it("do not change the digest, and need no commit", () => {
    expect(metadataDigest(object(), NO_PREFIXES)).toBe(digestOf("net"));
    expect(isRecorded(object(), NO_PREFIXES, { labels: { team: "net" } })).toBe(true);
    expect(isRecorded(object(), ["argocd.argoproj.io"], { labels: { team: "net" } })).toBe(false);
  });

  it("that an earlier version recorded need no commit, and are acknowledged in its status", () => {
    expect(isRecorded(object({ "a.example/b": "new" }), NO_PREFIXES, ofEarlierVersion)).toBe(true);
    const metadataDigest = `sha256:${sha256Hex(canonicalJson(ofEarlierVersion))}`;
    expect(isAcknowledged(object({}, { metadataDigest }), NO_PREFIXES)).toBe(true);
    // Another cluster's metadata is on the branch.
    const others = { labels: { team: "web", ...tools } };
    expect(isRecorded(object({}, { metadataDigest }), NO_PREFIXES, others)).toBe(true);
    expect(isRecorded(object({ team: "store" }, { metadataDigest }), NO_PREFIXES, others)).toBe(false);
  });

  it("follow the prefixes of the Repository, also for one object", () => {
    const one = object({ "example.com/owner": "ann" });
    expect(recordedMetadataOf(one, NO_PREFIXES).labels).toEqual({ team: "net" });
    expect(recordedMetadataOf(one, ["example.com"]).labels).toEqual({ team: "net", "example.com/owner": "ann" });
  });
});

function labelsOf({ metadata: { labels = {}, annotations = {} } }: PackageRevision) {
  return { labels, annotations };
}
