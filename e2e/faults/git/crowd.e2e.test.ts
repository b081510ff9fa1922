import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createExternalCommitter, type ExternalCommitter } from "../../testenv/external-committer.ts";
import { countPushes, createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { readyReason, startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

const PACKAGES = Array.from({ length: 200 }, (_, at) => `p${String(at).padStart(3, "0")}`);
/** Packages with external pushes: to the branch of the draft, to the branch of the proposal, to the folder on main. */
const ON_DRAFT = PACKAGES.slice(0, 8);
const ON_PROPOSAL = PACKAGES.slice(8, 16);
const ON_FOLDER = PACKAGES.slice(16, 24);
/** Of the last ones, those whose external changes an approver confirms. */
const CONFIRMED = ON_FOLDER.slice(0, 4);
/** The packages that are edited. The others are published as task init creates them. */
const EDITED = PACKAGES.slice(0, 40);
const AT_ONCE = 25;
const LIMIT = { timeoutMs: 400_000, intervalMs: 300 };

let env: TestEnv;
let packages: Packages;
let git: GitReader;
let people: readonly ExternalCommitter[];
/** The external commits that the remote has accepted. */
const accepted: string[] = [];

beforeAll(async () => {
  env = await startTestEnv("crowd");
  packages = await createPackages(env);
  await env.git.createRepository("crowd");
  git = createGitReader(env.git, "crowd");
  const remote = { url: env.git.url("crowd"), password: env.password };
  people = await Promise.all(["mia", "tom", "eva"].map((name) => createExternalCommitter(name, remote)));
  await env.register("crowd", { sync: { interval: "10s" } });
});

afterAll(async () => {
  await Promise.all((people ?? []).map((person) => person.close()));
  const commits = accepted.map((commit) => ({ repository: `${env.namespace}/crowd`, commit }));
  await env?.end({ ledger: { commits } });
});

const objectOf = (name: string) => `catalog.crowd.${name}.one`;

async function pushAs(
  person: ExternalCommitter | undefined,
  branch: string,
  path: string,
  text: string,
): Promise<void> {
  const commit = await person?.push(branch, path, text);
  if (commit !== undefined) accepted.push(commit);
}

/** Reads all package revisions with one request: two hundred single waits would overload the API server. */
async function waitForAll(what: string, names: readonly string[], until: (one: PackageRevision) => boolean) {
  const wanted = new Set(names.map(objectOf));
  const behind = async () =>
    (await env.revisions())
      .filter((one) => wanted.has(one.metadata.name) && !until(one))
      .map((one) => `${one.metadata.name} ${one.status?.lifecycle} ${readyReason(one)}`);
  await waitUntil(`all are ${what}`, behind, { ...LIMIT, until: (all) => all.length === 0 });
}

/** Calls `act` for each name, AT_ONCE concurrently. */
async function forEach(names: readonly string[], act: (name: string) => Promise<unknown>): Promise<void> {
  const rest = [...names];
  const worker = async () => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) await act(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const is = (lifecycle: string) => (one: PackageRevision) => one.status?.lifecycle === lifecycle;

/** Proposes and approves, with external pushes to the branches of `disturbed`. */
async function publish(names: readonly string[], disturbed: readonly string[]): Promise<void> {
  await forEach(names, (name) => packages.setLifecycle(objectOf(name), "proposed"));
  await waitForAll("proposed", names, is("proposed"));
  const pushing = Promise.all(
    disturbed.map((name) => pushAs(people[1], `${name}/one`, `${name}/late.yaml`, "late: 1\n")),
  );
  await forEach(names, async (name) => {
    const approved = packages.approve(objectOf(name));
    // A proposal that was voided meanwhile cannot be approved.
    await (disturbed.includes(name) ? approved.catch(() => undefined) : approved);
  });
  await pushing;
  await waitForAll("published, void, or waiting for a person", names, isSettled);
}

function isSettled(one: PackageRevision): boolean {
  if (one.status?.lifecycle === "published") return true;
  if (one.status?.lifecycle === "draft") return (one.spec.lifecycle ?? "draft") === "draft";
  return one.status?.waitingFor?.[0] === "MainDiverged";
}

describe("two hundred publications during external pushes", () => {
  let all: readonly PackageRevision[];

  beforeAll(async () => {
    let over = false;
    let edited = false;
    let changed = false;
    // External pushes are sequential: they race with the operator, and not with each other.
    const folders = [...ON_FOLDER];
    const onMain = async () => {
      for (let at = 0; !over; at++) {
        const name = edited ? folders.shift() : undefined;
        if (name === undefined) await pushAs(people[0], "main", `docs/${at % 7}.md`, `${at}\n`);
        else await pushAs(people[2], "main", `${name}/external.yaml`, "external: 1\n");
        if (edited && folders.length === 0) changed = true;
        // One external push for each push of the operator, so that every push is a race.
        const pushes = countPushes(env.git, "crowd");
        const goOn = () => over || (edited && !changed) || countPushes(env.git, "crowd") > pushes;
        await waitUntil("the operator pushes", goOn, LIMIT);
      }
    };
    const onDrafts = async () => {
      for (const round of [1, 2, 3]) {
        for (const name of ON_DRAFT)
          await pushAs(people[1], `${name}/one`, `${name}/external.yaml`, `round: ${round}\n`);
      }
    };
    const busy = onMain();
    try {
      await forEach(PACKAGES, (name) =>
        packages.create(
          { repository: "crowd", package: name, workspace: "one" },
          { spec: { tasks: [{ type: "init" }] } },
        ),
      );
      await waitForAll("drafts", PACKAGES, is("draft"));
      const edits = forEach(EDITED, (name) => packages.edit(objectOf(name), { "a.yaml": `a: ${name}\n` }));
      await Promise.all([edits, onDrafts()]);
      // A commit that was pushed after the request to propose takes it back.
      await forEach(ON_DRAFT, async (name) => {
        const text = async () => (await packages.contents(objectOf(name))).spec.resources?.["external.yaml"];
        await waitUntil(`${name} shows the external commits`, text, { ...LIMIT, until: (one) => one === "round: 3\n" });
        await packages.waitUntilShown(objectOf(name));
      });
      edited = true;
      await waitUntil("the external pushes have changed the folders on main", () => changed, LIMIT);
      await publish(PACKAGES, ON_PROPOSAL);
      const voided = (await env.revisions()).filter(is("draft")).map((one) => one.spec.packageRevID.package);
      // The user proposes voided proposals again.
      await publish(voided, []);
      for (const name of CONFIRMED) {
        const commit = await git("log", "-1", "--format=%H", "main", "--", name);
        const annotations = { "pkg.pkgserver.dev/confirm-base": commit };
        await packages.patch(objectOf(name), { metadata: { annotations } }, "bob");
      }
      await waitForAll("published", CONFIRMED, is("published"));
    } finally {
      over = true;
      await busy;
    }
    await env.sync("crowd");
    all = await env.revisions();
  });

  it("lose no external commit", async () => {
    const reachable = new Set((await git("rev-list", "--all")).split("\n"));
    expect(accepted.length).toBeGreaterThan(ON_DRAFT.length * 3 + ON_FOLDER.length);
    expect(accepted.filter((commit) => !reachable.has(commit))).toEqual([]);
  });

  it("publish all packages except those that wait for a user's decision", () => {
    const waiting = all.filter((one) => one.status?.lifecycle !== "published");
    expect(waiting.map((one) => [one.spec.packageRevID.package, one.status?.waitingFor]).sort()).toEqual(
      ON_FOLDER.slice(CONFIRMED.length).map((name) => [name, ["MainDiverged"]]),
    );
    expect(all.length).toBe(PACKAGES.length);
  });

  it("create exactly one tag and one commit on a linear main for each", async () => {
    const published = all
      .filter(is("published"))
      .map((one) => one.spec.packageRevID.package)
      .sort();
    expect((await git("tag", "--list")).split("\n").sort()).toEqual(published.map((name) => `${name}/v1`));
    const subjects = (await git("log", "--format=%s", "main")).split("\n");
    expect(subjects.filter((subject) => subject.startsWith("Publish")).sort()).toEqual(
      published.map((name) => `Publish ${name} v1`),
    );
    expect(await git("rev-list", "--min-parents=2", "--count", "main")).toBe("0");
    const commits = await git("for-each-ref", "--format=%(refname:lstrip=2) %(*objectname)", "refs/tags");
    const expected = all
      .filter(is("published"))
      .map((one) => `${one.spec.packageRevID.package}/v1 ${one.status?.commit}`);
    expect(commits.split("\n").sort()).toEqual(expected.sort());
  });

  it("publish the edits in the cluster and the external commits of the draft", async () => {
    for (const name of [...ON_DRAFT, ...ON_PROPOSAL, ...CONFIRMED, ...EDITED.slice(-3)]) {
      const files = await git.files(`${name}/v1`, name);
      expect(files).toMatchObject({ "a.yaml": `a: ${name}\n` });
      expect(files["external.yaml"]).toBe(ON_DRAFT.includes(name) ? "round: 3\n" : undefined);
      expect(await git.files("main", name)).toEqual(files);
    }
  });
});
