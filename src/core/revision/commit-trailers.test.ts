import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { hostileText } from "../testing/arbitraries.ts";
import { aRevision } from "../testing/observed.ts";
import { trailers } from "../testing/trailers.ts";
import {
  type CommitMetadata,
  MAX_METADATA,
  nextMetadata,
  parseCommitMetadata,
  recordedMetadataOf,
  renderCommitMessage,
  usersPart,
} from "./commit-trailers.ts";

const small: CommitMetadata = { path: "net/dns", workspace: "one", lifecycle: "draft", metadata: {} };

describe("trailers", () => {
  it("is trailers for people, and one JSON line for the rest", () => {
    const full: CommitMetadata = {
      ...small,
      lifecycle: "published",
      revision: "v2",
      digest: `sha256:${"a".repeat(64)}`,
      proposedBy: "ann",
      proposedAt: "2025-01-02T03:04:05Z",
      approvedBy: "eve",
      metadata: {
        spec: { upstream: { repository: "blue", realm: "net", package: "dns", revision: "v7" } },
        labels: { team: "net" },
        upstreamLock: { revision: "v7", commit: "c".repeat(40), digest: `sha256:${"b".repeat(64)}` },
      },
    };
    expect(renderCommitMessage("Publish net/dns v2", full)).toBe(`Publish net/dns v2

Package-Path: net/dns
Package-Workspace: one
Package-Lifecycle: published
Package-Revision: v2
Package-Digest: sha256:${"a".repeat(64)}
Proposed-By: ann
Proposed-At: 2025-01-02T03:04:05Z
Approved-By: eve
Package-Upstream: blue/net/dns@v7 ${"c".repeat(40)}
Package-Metadata: {"labels":{"team":"net"},"spec":{"upstream":{"package":"dns","realm":"net","repository":"blue","revision":"v7"}},"upstreamLock":{"commit":"${"c".repeat(40)}","digest":"sha256:${"b".repeat(64)}","revision":"v7"}}
`);
  });

  it("reads back exactly what was written, whatever people are called", () => {
    fc.assert(
      fc.property(hostileText, trailers, (subject, written) => {
        expect(parseCommitMetadata(renderCommitMessage(subject, written))).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a b", "a b"],
    ["a  b\u00a0c", "a  b\u00a0c"],
    ["system:admin", "system:admin"],
    [" a", '" a"'],
    ["a ", '"a "'],
    ["\u00a0a", '"\u00a0a"'],
    ["a\nApproved-By: eve", '"a\\nApproved-By: eve"'],
    ['"a"', '"\\"a\\""'],
    ["a\0", '"a\\u0000"'],
  ])("writes %j as %s", (proposedBy, text) => {
    expect(renderCommitMessage("x", { ...small, proposedBy })).toContain(`\nProposed-By: ${text}\nPackage-Metadata:`);
  });

  it("has a subject of one line, whatever it is made of", () => {
    fc.assert(
      fc.property(hostileText, (subject) => {
        expect(renderCommitMessage(subject, small).split("\n").slice(1, 3)).toEqual(["", "Package-Path: net/dns"]);
      }),
    );
  });

  it.each([
    ["", undefined],
    ["Fix a typo", undefined],
    ["Fix\n\nPackage-Path: a\nPackage-Workspace: b", undefined],
    ["Fix\n\nPackage-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: nonsense", undefined],
    ["Package-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n\nSigned-off-by: eve", undefined],
    [
      "Fix\n\nPackage-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n-----BEGIN SSH SIGNATURE-----\nx\n",
      { path: "a", workspace: "b", lifecycle: "draft", metadata: {} },
    ],
    [
      'Fix\n\nPackage-Path: "a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n',
      { path: '"a', workspace: "b", lifecycle: "draft", metadata: {} },
    ],
  ])("finds in %j %j", (message, found) => {
    expect(parseCommitMetadata(message)).toEqual(found);
  });

  it.each([
    "",
    "{",
    "[]",
    "null",
    '"text"',
    '{"spec":[],"labels":"x","annotations":null,"base":7,"upstreamLock":{}}',
    `{"labels":{"a":"${"x".repeat(MAX_METADATA)}"}}`,
  ])("does without metadata that is none: %.40s", (text) => {
    const message = `${renderCommitMessage("x", small).replace(/Package-Metadata: .*\n/, "")}Package-Metadata: ${text}\n`;
    expect(parseCommitMetadata(message)).toEqual(small);
  });

  it.each([
    ["Package-Digest: sha256:short", "digest"],
    ["Proposed-At: yesterday", "proposedAt"],
    [`Proposed-By: ${"x".repeat(1025)}`, "proposedBy"],
    [`Approved-By: ${"x".repeat(1025)}`, "approvedBy"],
    [`Package-Revision: ${"x".repeat(256)}`, "revision"],
  ])("leaves out what no status can hold: %.30s", (line, field) => {
    expect(parseCommitMetadata(`${renderCommitMessage("x", small)}${line}\n`)).not.toHaveProperty(field);
  });

  it("never throws on what others write", () => {
    fc.assert(
      fc.property(hostileText, (text) => void parseCommitMetadata(`${renderCommitMessage("x", small)}${text}`)),
    );
  });
});

describe("usersPart", () => {
  it("has no approval, no ID, and nothing of the operator's or kubectl's", () => {
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

  it("is empty where the users said nothing", () => {
    expect(recordedMetadataOf(aRevision({}))).toEqual({});
  });

  it("drops what is no text", () => {
    expect(usersPart({ labels: JSON.parse('{"a":1,"b":"x"}') })).toEqual({ labels: { b: "x" } });
  });

  it("leaves out what users took away, and keeps what the draft grew from where status does not know", () => {
    const base = { revision: "v1", commit: "c" };
    const before = { base, labels: { team: "net" }, spec: { updatePolicy: "strict" as const } };
    expect(nextMetadata(aRevision({ labels: { a: "b" } }), before)).toEqual({ base, labels: { a: "b" } });
    const newer = { revision: "v2", commit: "d" };
    expect(nextMetadata(aRevision({ status: { base: newer } }), before)).toEqual({ base: newer });
    expect(nextMetadata(aRevision({}))).toEqual({});
  });

  it("is recorded with what the draft grew from", () => {
    const base = { revision: "v1", commit: "c" };
    const upstreamLock = { revision: "v1", commit: "c", digest: "d" };
    expect(recordedMetadataOf(aRevision({ status: { base, upstreamLock } }))).toEqual({ base, upstreamLock });
  });
});

function labelsOf({ metadata: { labels = {}, annotations = {} } }: PackageRevision) {
  return { labels, annotations };
}
