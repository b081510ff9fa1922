import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { aRevision } from "../testing/observed.ts";
import {
  isRecorded,
  metadataDigest,
  nextMetadata,
  recordedAs,
  recordedMetadataOf,
  usersPart,
} from "./recorded-metadata.ts";

const digestOf = (team: string) => metadataDigest(aRevision({ labels: { team } }));
const labelled = (team: string, recorded?: string) =>
  aRevision({ labels: { team }, status: recorded === undefined ? {} : { metadataDigest: digestOf(recorded) } });

describe("usersPart", () => {
  it("has no approval, no ID, and no keys of the operator or kubectl", () => {
    const object: PackageRevision = aRevision({
      spec: { lifecycle: "published", approval: { digest: "d", by: "eve" }, updatePolicy: "strict" },
      labels: { team: "net", "pkg.pkgserver.dev/latest": "true" },
      annotations: {
        note: "x",
        "example.com/y": "z",
        "pkg.pkgserver.dev/confirm-base": "v1",
        "pkgserver.dev/x": "y",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
      },
    });
    expect(usersPart({ spec: object.spec, ...labelsOf(object) })).toEqual({
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
    expect(recordedMetadataOf(aRevision({}))).toStrictEqual({});
  });

  it("includes labels and annotations", () => {
    const [labels, annotations] = [{ team: "net" }, { note: "x" }];
    expect(recordedMetadataOf(aRevision({ labels, annotations }))).toStrictEqual({ labels, annotations });
  });

  it("includes the origin of the draft", () => {
    const base = { revision: "v1", commit: "c" };
    const upstreamLock = { revision: "v1", commit: "c", digest: "d" };
    expect(recordedMetadataOf(aRevision({ status: { base, upstreamLock } }))).toEqual({ base, upstreamLock });
  });
});

describe("nextMetadata", () => {
  it("drops fields that users removed, and keeps the origin that status does not have", () => {
    const base = { revision: "v1", commit: "c" };
    const before = { base, labels: { team: "net" }, spec: { updatePolicy: "strict" as const } };
    expect(nextMetadata(aRevision({ labels: { a: "b" } }), before)).toEqual({ base, labels: { a: "b" } });
    const newer = { revision: "v2", commit: "d" };
    expect(nextMetadata(aRevision({ status: { base: newer } }), before)).toEqual({ base: newer });
    expect(nextMetadata(aRevision({}))).toStrictEqual({});
    const upstreamLock = { revision: "v1", commit: "c", digest: "d" };
    expect(nextMetadata(aRevision({}), { upstreamLock })).toStrictEqual({ upstreamLock });
  });
});

describe("recordedAs", () => {
  it("has the digest only of recorded metadata", () => {
    const object = labelled("a");
    expect(recordedAs(object, recordedMetadataOf(object))).toEqual({ metadataDigest: digestOf("a") });
    expect(recordedAs(object, {})).toEqual({});
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
    const inGit = inTrailers === undefined ? undefined : recordedMetadataOf(labelled(inTrailers));
    expect(isRecorded(object, inGit)).toBe(recorded);
  });
});

function labelsOf({ metadata: { labels = {}, annotations = {} } }: PackageRevision) {
  return { labels, annotations };
}
