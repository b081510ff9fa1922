import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { runGit } from "../harness/git-command.ts";
import { openRepositories } from "../harness/git-repositories.ts";
import { assertCovered, coverageOf, describeCoverage } from "./coverage.ts";
import { observe, type Subject } from "./observe.ts";
import { COMMITS, NEXT, observationOf, REPOSITORY, sample } from "./sample.ts";
import { verify } from "./verify.ts";

/** The sample's Repository alone, with a remote of its own. */
function subjectOf(repository: Repository, remote: Subject["remote"]): Subject {
  return {
    namespaces: ["team"],
    list: async <T>(path: string) => (path.endsWith("/repositories") ? [repository] : []) as unknown as readonly T[],
    remote,
    signers: async () => "",
    secret: async () => undefined,
    requestSync: async () => undefined,
  };
}

async function createRemote(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "pkgserver-coverage-"));
  onTestFinished(async () => await rm(root, { recursive: true }));
  return await openRepositories(root).createRepository("r", { seed: { "readme.md": "hello\n" } });
}

const notReady = (repository: Repository, reason: string): Repository => ({
  ...repository,
  status: {
    observedGeneration: 1,
    conditions: [
      { type: "Ready", status: "False", reason, message: "why", lastTransitionTime: "2026-01-01T00:00:00Z" },
    ],
  },
});

describe("coverageOf", () => {
  it("counts the Repositories, revisions, tags, commits and edits that were checked", () => {
    const edits = [NEXT, "team/another"].map((revision) => ({ revision, files: new Map() }));
    expect(coverageOf(observationOf(sample()), { edits })).toEqual({
      repositories: 1,
      revisions: 2,
      tags: 2,
      commits: Object.keys(COMMITS).length,
      edits: 1,
      skipped: new Map(),
    });
  });

  it("counts nothing of a Repository that is not in step with its remote", () => {
    const parts = sample();
    parts.repository = notReady(parts.repository, "AuthenticationFailed");
    expect(coverageOf(observationOf(parts))).toMatchObject({ repositories: 0, revisions: 0, commits: 0 });
  });
});

describe("describeCoverage", () => {
  it("gives the counts, and why Repositories were skipped", () => {
    const coverage = { repositories: 1, revisions: 2, tags: 3, commits: 4, edits: 5 };
    expect(
      describeCoverage({
        ...coverage,
        skipped: new Map([
          ["team/red", "Stalled"],
          ["team/blue", "unreachable"],
        ]),
      }),
    ).toBe(
      "invariants checked on 1 of 3 Repositories, 2 revisions, 3 tags, 4 commits, 5 edits; " +
        "skipped: red (Stalled), blue (unreachable)",
    );
  });
});

describe("observe", () => {
  it("skips a Repository that is not Ready, with its reason", async () => {
    const repository = notReady(sample().repository, "AuthenticationFailed");
    const { skipped } = await observe(subjectOf(repository, createRemote));
    expect([...skipped]).toEqual([
      [REPOSITORY, { kind: "notReady", reason: "AuthenticationFailed", message: "it is AuthenticationFailed: why" }],
    ]);
  });

  it("skips a remote that it has no access to, with its URL", async () => {
    const { skipped } = await observe(subjectOf(sample().repository, async () => undefined));
    expect([...skipped]).toEqual([
      [
        REPOSITORY,
        {
          kind: "unreachable",
          reason: "unreachable",
          message: "its remote https://git.example.com/blueprints cannot be reached from here",
        },
      ],
    ]);
  });

  it("reports a `git rev-list` that fails, and does not take it for a history without commits", async () => {
    const dir = await createRemote();
    const parent = (await runGit(dir, ["rev-parse", "main"])).trim();
    const tree = (await runGit(dir, ["rev-parse", "main^{tree}"])).trim();
    const person = ["AUTHOR", "COMMITTER"].flatMap((role) => [
      [`GIT_${role}_NAME`, "a"],
      [`GIT_${role}_EMAIL`, "a@example.com"],
    ]);
    const env = Object.fromEntries(person);
    const child = (await runGit(dir, ["commit-tree", tree, "-p", parent, "-m", "A change"], { env })).trim();
    await runGit(dir, ["update-ref", "refs/heads/main", child]);
    await rm(join(dir, "objects", parent.slice(0, 2), parent.slice(2)));
    const subject = subjectOf(sample().repository, async () => dir);
    const { remotes, skipped } = await observe(subject);
    expect(remotes.size).toBe(0);
    expect([...skipped]).toEqual([
      [
        REPOSITORY,
        {
          kind: "unreadable",
          reason: "unreadable",
          message: expect.stringMatching(/^git rev-list --all ended with 128: .+/),
        },
      ],
    ]);
  });

  it("reports a remote that git cannot read at all", async () => {
    const dir = await createRemote();
    await writeFile(join(dir, "HEAD"), "broken\n");
    const { skipped } = await observe(subjectOf(sample().repository, async () => dir));
    expect(skipped.get(REPOSITORY)).toMatchObject({ kind: "unreadable", message: expect.stringMatching(/^git /) });
  });
});

describe("verify", () => {
  it("observes again while a remote is unreadable", async () => {
    const dir = await createRemote();
    let tries = 0;
    const remote = async () => {
      if (++tries < 3) throw new Error("git fetch ended with 128");
      return dir;
    };
    const { observation } = await verify(subjectOf(sample().repository, remote), { pollMs: 1, resync: false });
    expect(observation.skipped.size).toBe(0);
    expect(tries).toBe(3);
  });
});

describe("assertCovered", () => {
  const skipping = (kind: "notReady" | "unreachable" | "unreadable") => ({
    ...observationOf(sample()),
    remotes: new Map(),
    skipped: new Map([[REPOSITORY, { kind, reason: "Reason", message: "why" }]]),
  });

  it("accepts a check of some Repositories, and one where there are none", () => {
    const { cluster, leftovers } = observationOf(sample());
    assertCovered(observationOf(sample()));
    assertCovered({
      ...observationOf(sample()),
      skipped: new Map([["team/red", { kind: "notReady", reason: "Stalled", message: "why" }]]),
    });
    assertCovered({ cluster, leftovers, remotes: new Map(), skipped: new Map(), keys: new Map() });
  });

  it.each(["notReady", "unreachable"] as const)("refuses a check that skipped every Repository: %s", (kind) => {
    expect(() => assertCovered(skipping(kind))).toThrow("no Repository was checked: team/blueprints: why");
    assertCovered(skipping(kind), "the only remote is broken");
  });

  it("refuses a check that could not read a remote, also among others", () => {
    expect(() => assertCovered(skipping("unreadable"), "the only remote is broken")).toThrow(
      "git cannot read team/blueprints: why",
    );
    const { remotes } = observationOf(sample());
    expect(() =>
      assertCovered({ ...skipping("unreadable"), remotes: new Map([["team/red", [...remotes.values()][0] as never]]) }),
    ).toThrow("git cannot read team/blueprints: why");
  });
});
