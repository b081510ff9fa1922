import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostileText } from "../testing/arbitraries.ts";
import { trailers } from "../testing/trailers.ts";
import { type CommitMetadata, parseCommitMetadata, renderCommitMessage } from "./commit-trailers.ts";
import { MAX_METADATA_LENGTH } from "./recorded-metadata.ts";

const small: CommitMetadata = { path: "net/dns", workspace: "one", lifecycle: "draft", metadata: {} };

describe("commit messages", () => {
  it("have trailers for readers, and one JSON trailer for the metadata", () => {
    const full: CommitMetadata = {
      ...small,
      repository: "default/blue",
      lifecycle: "published",
      revision: "v2",
      digest: `sha256:${"a".repeat(64)}`,
      proposedBy: "ann",
      proposedAt: "2025-01-02T03:04:05Z",
      approvedBy: "eve",
      gates: [{ conditionType: "example.com/scanned", at: "2025-01-02T03:04:04Z" }, { conditionType: "FilesValid" }],
      nested: ["net/dns/zone", "net/dns/ sub"],
      metadata: {
        spec: { upstream: { repository: "blue", realm: "net", package: "dns", revision: "v7" } },
        labels: { team: "net" },
        upstreamLock: { revision: "v7", commit: "c".repeat(40), digest: `sha256:${"b".repeat(64)}` },
      },
    };
    expect(renderCommitMessage("Publish net/dns v2", full)).toBe(`Publish net/dns v2

Package-Repository: default/blue
Package-Path: net/dns
Package-Workspace: one
Package-Lifecycle: published
Package-Revision: v2
Package-Digest: sha256:${"a".repeat(64)}
Proposed-By: ann
Proposed-At: 2025-01-02T03:04:05Z
Approved-By: eve
Gate-Passed: 2025-01-02T03:04:04Z example.com/scanned
Gate-Passed: - FilesValid
Nested-Package: net/dns/zone
Nested-Package: net/dns/ sub
Package-Upstream: blue/net/dns@v7 ${"c".repeat(40)}
Package-Metadata: {"labels":{"team":"net"},"spec":{"upstream":{"package":"dns","realm":"net","repository":"blue","revision":"v7"}},"upstreamLock":{"commit":"${"c".repeat(40)}","digest":"sha256:${"b".repeat(64)}","revision":"v7"}}
`);
  });

  it("are parsed to the same metadata, for any names", () => {
    fc.assert(
      fc.property(hostileText, trailers, (subject, original) => {
        expect(parseCommitMetadata(renderCommitMessage(subject, original))).toEqual(original);
      }),
      { numRuns: 500 },
    );
  });

  it("name only packages below the folder", () => {
    const message = renderCommitMessage("x", { ...small, nested: ["net/dns/a", "net/dns", "net/dnsx/a", "other"] });
    expect(parseCommitMetadata(message)?.nested).toEqual(["net/dns/a"]);
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
    ['Ann "A" B', 'Ann "A" B'],
    ["a\ud800", '"a\\ud800"'],
    ["", '""'],
    ["a\0", '"a\\u0000"'],
  ])("contain %j as %s", (proposedBy, text) => {
    expect(renderCommitMessage("x", { ...small, proposedBy })).toContain(`\nProposed-By: ${text}\nPackage-Metadata:`);
  });

  it("ignore metadata of more than 256 KiB, or too deep to be compared", () => {
    const message = (json: string) =>
      `${renderCommitMessage("x", small).replace(/Package-Metadata: .*\n/, "")}Package-Metadata: ${json}\n`;
    const labels = (length: number) => `{"labels":{"a":"${"x".repeat(length - '{"labels":{"a":""}}'.length)}"}}`;
    expect(parseCommitMetadata(message(labels(256 * 1024)))?.metadata).toHaveProperty("labels");
    expect(parseCommitMetadata(message(labels(256 * 1024 + 1)))?.metadata).toEqual({});
    const deep = `{"spec":{"inputs":${"[".repeat(600)}${"]".repeat(600)}}}`;
    expect(parseCommitMetadata(message(deep))?.metadata).toEqual({});
  });

  it.each([
    ["", undefined],
    ["Fix a typo", undefined],
    ["Fix\n\nPackage-Path: a\nPackage-Workspace: b", undefined],
    ["Fix\n\nPackage-Path: a\nPackage-Lifecycle: draft", undefined],
    ["Fix\n\nPackage-Workspace: b\nPackage-Lifecycle: draft", undefined],
    ["Fix\n\nPackage-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: nonsense", undefined],
    ["Package-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n\nSigned-off-by: eve", undefined],
    [
      "Fix\n\nPackage-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n-----BEGIN SSH SIGNATURE-----\nx\n",
      { path: "a", workspace: "b", lifecycle: "draft", metadata: {} },
    ],
    [
      "Package-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n\n\n",
      { path: "a", workspace: "b", lifecycle: "draft", metadata: {} },
    ],
    ["Fix\n\nPackage-Path: a\nPackage-Workspaces\nPackage-Lifecycle: draft", undefined],
    [
      "Fix\n\nPackage-Path: a\nPackage-Workspace: b\nPackage-Lifecycle: draft\nEdited-By: 7\n",
      { path: "a", workspace: "b", lifecycle: "draft", editors: ["7"], metadata: {} },
    ],
    [
      'Fix\n\nPackage-Path: "a\nPackage-Workspace: b\nPackage-Lifecycle: draft\n',
      { path: '"a', workspace: "b", lifecycle: "draft", metadata: {} },
    ],
  ])("%j is parsed as %j", (message, found) => {
    expect(parseCommitMetadata(message)).toStrictEqual(found);
  });

  it("name a thousand editors at most, and say that there are others", () => {
    const parse = (count: number) => {
      const editors = Array.from({ length: count }, (_, at) => `user ${at}`);
      return parseCommitMetadata(renderCommitMessage("x", { ...small, editors }));
    };
    expect(parse(1000)?.editors).toHaveLength(1000);
    expect(parse(1000)).not.toHaveProperty("editorsUnknown");
    expect([parse(1001)?.editors?.length, parse(1001)?.editors?.at(-1)]).toEqual([1000, "user 999"]);
    expect(parse(1001)).toHaveProperty("editorsUnknown", true);
  });

  it.each([
    "",
    "{",
    "[]",
    "null",
    '"text"',
    '{"spec":[],"labels":"x","annotations":null,"base":7,"upstreamLock":{}}',
    `{"labels":{"a":"${"x".repeat(MAX_METADATA_LENGTH)}"}}`,
  ])("ignore invalid metadata: %.40s", (text) => {
    const message = `${renderCommitMessage("x", small).replace(/Package-Metadata: .*\n/, "")}Package-Metadata: ${text}\n`;
    expect(parseCommitMetadata(message)).toEqual(small);
  });

  it.each([
    ["Package-Digest: sha256:short", "digest"],
    ["Proposed-At: yesterday", "proposedAt"],
    [`Proposed-By: ${"x".repeat(1025)}`, "proposedBy"],
    [`Approved-By: ${"x".repeat(1025)}`, "approvedBy"],
    ["Package-Approvals: {}", "approvals"],
    [`Freeze-Override-Reason: ${"x".repeat(257)}`, "freezeOverrideReason"],
    [`Package-Revision: ${"x".repeat(256)}`, "revision"],
  ])("ignore values that no status accepts: %.30s", (line, field) => {
    expect(parseCommitMetadata(`${renderCommitMessage("x", small)}${line}\n`)).not.toHaveProperty(field);
  });

  it("never make the parser throw", () => {
    fc.assert(
      fc.property(hostileText, (text) => void parseCommitMetadata(`${renderCommitMessage("x", small)}${text}`)),
    );
  });
});
