import { describe, expect, it } from "vitest";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Transport } from "../identity/url.ts";
import { aRepository } from "../testing/observed.ts";
import { validateRepository } from "./validate-repository.ts";

const SAFE: ReadonlySet<Transport> = new Set<Transport>(["https", "ssh"]);
const URL = "https://git.example.com/blue";
const validate = (repository: Repository, others: readonly Repository[] = []) =>
  validateRepository(repository, others, { allowedTransports: SAFE, maxRepositories: 3 });
const inFolder = (directory: string | undefined, name: string, created: string, url = URL) =>
  aRepository({ git: { url, ...(directory !== undefined && { directory }) } }, { name, created });
const YOUNG = "2025-02-01T00:00:00Z";
const OLD = "2025-01-01T00:00:00Z";

describe("validateRepository", () => {
  it("returns the remote", () => {
    expect(validate(aRepository())).toEqual({ url: URL, transport: "https", canonical: URL });
  });

  it.each([
    ["oci", aRepository({ type: "oci" }), "NotSupported", "spec.type oci is not supported yet: use git"],
    ["no git", { ...aRepository(), spec: {} }, "NotSupported", "use git"],
    [
      "a URL with a password",
      aRepository({ git: { url: "https://ann:secret@example.com/x" } }),
      "InvalidURL",
      "spec.git.url: ",
    ],
    ["a local URL", aRepository({ git: { url: "file:///srv/x" } }), "TransportNotAllowed", "spec.git.url: "],
    [
      "a template with an unknown field",
      aRepository({ git: { url: URL, commit: { messageTemplate: "{{ticket}}" } } }),
      "InvalidTemplate",
      'spec.git.commit.messageTemplate: "{{ticket}}" is no field',
    ],
    [
      "a template for tags without a subject",
      aRepository({ git: { url: URL, commit: { messageTemplate: "{{subject}}", tagMessageTemplate: "\nx" } } }),
      "InvalidTemplate",
      "spec.git.commit.tagMessageTemplate: its first line",
    ],
    ["suspension", aRepository({ sync: { suspend: true } }), "Suspended", "spec.sync.suspend is true"],
  ])("rejects %s: %s", (_, repository, reason, message) => {
    const blocker = validate(repository);
    expect(blocker).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(JSON.stringify(blocker)).not.toContain("secret");
  });

  it.each([
    ["the same folder", "a", "a", URL, true],
    ["a folder within", "a", "a/b", URL, true],
    ["a folder above", "a/b", "a", URL, true],
    ["the root and a folder", undefined, "a", URL, true],
    ["a folder and the root", "a", "", URL, true],
    ["another spelling of the URL", "a", "a", "https://GIT.example.com:443//blue.git/", true],
    ["neighbouring folders", "a", "ab", URL, false],
    ["another repository", "a", "a", "https://git.example.com/red", false],
    ["an invalid URL", "a", "a", "nonsense", false],
  ])("with %s: only the younger Repository overlaps", (_, directory, otherDirectory, url, overlap) => {
    const repository = inFolder(directory, "young", YOUNG);
    const other = inFolder(otherDirectory, "old", OLD, url);
    const expected = overlap
      ? { reason: "RepositoryOverlap", message: expect.stringContaining("old") }
      : { canonical: URL };
    expect(validate(repository, [repository, other])).toMatchObject(expected);
    expect(validate(inFolder(directory, "older", "2024-01-01T00:00:00Z"), [other])).toMatchObject({ canonical: URL });
  });

  it("ignores itself, and Repositories without git", () => {
    const uid = "0";
    const repository = { ...inFolder("a", "blue", YOUNG), metadata: { ...inFolder("a", "blue", YOUNG).metadata, uid } };
    const before = { ...repository, metadata: { ...repository.metadata, creationTimestamp: OLD } };
    const withoutGit = { ...inFolder("a", "red", OLD), spec: {} };
    expect(validate(repository, [before, withoutGit])).toMatchObject({ canonical: URL });
  });

  it("accepts exactly one of two Repositories created in the same second", () => {
    const [a, b] = [inFolder("x", "a", OLD), inFolder("x", "b", OLD)];
    expect(validate(a, [a, b])).toMatchObject({ canonical: URL });
    expect(validate(b, [a, b])).toMatchObject({ reason: "RepositoryOverlap" });
  });

  it("uses no more Repositories of a namespace than its limit, the oldest first", () => {
    const numbered = (at: number) =>
      aRepository({ git: { url: `${URL}-${at}` } }, { name: `r${at}`, created: `2025-01-0${at + 1}T00:00:00Z` });
    const all = [3, 0, 2, 1].map(numbered);
    expect(validate(numbered(2), all)).not.toHaveProperty("reason");
    expect(validate(numbered(3), all)).toEqual({
      reason: "TooManyRepositories",
      message:
        "a namespace has at most 3 Repositories, and as many are older: delete one of them, or raise the limit " +
        "(limits.repositories, PKGSERVER_LIMIT_REPOSITORIES)",
    });
    expect(validate(numbered(3), all.slice(0, 3))).not.toHaveProperty("reason");
  });
});
