import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
beforeAll(async () => {
  env = await startTestEnv("changes");
  packages = await createPackages(env);
});
afterAll(async () => await env?.end());

describe.each([
  { kind: "catalog", target: "catalog", folder: "nf/web", deployment: false },
  { kind: "deployment", target: "edge-1", folder: "edge-1/nf/web", deployment: true },
])("what others do in a $kind repository", ({ kind, target, folder, deployment }) => {
  const object = (leaf: string) => `${target}.${kind}.nf.web.${leaf}`;
  const git = async (...args: readonly string[]) => (await env.git.git(kind, ...args)).trim();
  const text = async (leaf: string) => (await packages.contents(object(leaf))).spec.resources?.["a.yaml"];
  const latest = ({ metadata }: PackageRevision) => metadata.labels?.["pkg.pkgserver.dev/latest"];
  const messageOf = ({ status }: PackageRevision) => status?.conditions?.[0]?.message;
  const commits: string[] = [];

  beforeAll(async () => {
    await env.git.createRepository(kind);
    commits.push(
      ...(await pushExternally(
        env.git,
        kind,
        { files: { [`${folder}/a.yaml`]: "v: 1\n" }, tags: [`${folder}/v1`] },
        { branch: `${folder}/work`, from: "refs/heads/main", files: { [`${folder}/a.yaml`]: "work: 1\n" } },
      )),
    );
    await env.register(kind, { deployment, sync: { interval: "24h" } });
    await packages.waitForReason(object("v1"), "Published");
    await packages.waitForReason(object("work"), "Draft");
  });

  it("a new tag: a new revision, and the label of the latest goes to it", async () => {
    expect(latest(await env.revision(object("v1")))).toBe("true");
    const [commit = ""] = await pushExternally(env.git, kind, {
      files: { [`${folder}/a.yaml`]: "v: 2\n" },
      annotated: [`${folder}/v2`],
    });
    commits.push(commit);
    await env.sync(kind);
    const revision = await packages.waitForReason(object("v2"), "Published");
    expect([revision.status?.commit, latest(revision)]).toEqual([commit, "true"]);
    await packages.waitFor(object("v1"), "is the latest no more", (one) => latest(one) === undefined);
  });

  it("a tag that moves: the condition names both commits, what was published stays, and back it is fine", async () => {
    const [first = "", , other = ""] = commits;
    const before = await packages.contents(object("v1"));
    await git("update-ref", `refs/tags/${folder}/v1`, other);
    const refs = await listRefs(env.git, kind);
    await env.sync(kind);
    const moved = await packages.waitForReason(object("v1"), "TagMoved");
    expect(messageOf(moved)).toContain(`refs/tags/${folder}/v1 was moved on the remote from ${first} to ${other}`);
    expect(moved.status).toMatchObject({ lifecycle: "published", commit: first });
    expect((await packages.contents(object("v1"))).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(await listRefs(env.git, kind)).toBe(refs);
    await git("update-ref", `refs/tags/${folder}/v1`, first);
    await env.sync(kind);
    await packages.waitForReason(object("v1"), "Published");
  });

  it("a tag that goes: the condition says which and how to bring it back, the latest is the one before", async () => {
    const { metadata, status } = await env.revision(object("v2"));
    const tag = await git("rev-parse", `refs/tags/${folder}/v2`);
    await git("update-ref", "-d", `refs/tags/${folder}/v2`);
    await env.sync(kind);
    const missing = await packages.waitForReason(object("v2"), "TagMissing");
    expect(messageOf(missing)).toMatch(`refs/tags/${folder}/v2 was deleted on the remote`);
    expect(messageOf(missing)).toContain(`or else ${status?.commit} to it`);
    expect(missing.status?.lifecycle).toBe("published");
    await packages.waitFor(object("v1"), "is the latest again", (one) => latest(one) === "true");
    await packages.waitFor(object("v2"), "is the latest no more", (one) => latest(one) === undefined);
    expect(await text("v2")).toBe("v: 2\n");
    expect((await env.repository(kind)).status?.revisions).toBe(1);

    await git("update-ref", `refs/tags/${folder}/v2`, tag);
    await env.sync(kind);
    const back = await packages.waitForReason(object("v2"), "Published");
    expect([back.metadata.uid, latest(back)]).toEqual([metadata.uid, "true"]);
  });

  it("a commit on a draft's branch: the contents show it", async () => {
    const [commit] = await pushExternally(env.git, kind, {
      branch: `${folder}/work`,
      files: { [`${folder}/a.yaml`]: "work: 2\n" },
    });
    await env.sync(kind);
    await packages.waitFor(object("work"), "has it", ({ status }) => status?.commit === commit);
    expect(await text("work")).toBe("work: 2\n");
  });

  it("a branch that goes: the condition says which, and back it is fine", async () => {
    const commit = await git("rev-parse", `refs/heads/${folder}/work`);
    await git("update-ref", "-d", `refs/heads/${folder}/work`);
    await env.sync(kind);
    const missing = await packages.waitForReason(object("work"), "BranchMissing");
    expect(messageOf(missing)).toContain(`refs/heads/${folder}/work was deleted on the remote`);
    expect(messageOf(missing)).toContain(`push ${commit} to it`);
    await git("update-ref", `refs/heads/${folder}/work`, commit);
    await env.sync(kind);
    await packages.waitForReason(object("work"), "Draft");
    expect(await text("work")).toBe("work: 2\n");
  });

  it("a new branch: a new draft, with the base it left main at", async () => {
    const [commit] = await pushExternally(env.git, kind, {
      branch: `${folder}/next`,
      from: "refs/heads/main",
      files: { [`${folder}/a.yaml`]: "next: 1\n" },
    });
    await env.sync(kind);
    const { status } = await packages.waitForReason(object("next"), "Draft");
    expect(status).toMatchObject({ commit, base: { commit: await git("rev-parse", "main"), revision: "v2" } });
  });

  it("can be selected by field and label, and read in columns", async () => {
    const select = async (...args: readonly string[]) => {
      const repository = `--field-selector=spec.packageRevID.repository=${kind}`;
      const [first = repository, ...more] = args.map((one) => one.replace("fields:", `${repository},`));
      const listed = await env.as("dave")("get", "pkgrev", first, ...more, "-o", "name");
      return listed
        .trim()
        .split("\n")
        .map((line) => line.split(".").at(-1))
        .sort();
    };
    expect(await select()).toEqual(["next", "v1", "v2", "work"]);
    expect(await select("fields:status.lifecycle=draft")).toEqual(["next", "work"]);
    expect(await select("fields:status.revision=v1,spec.packageRevID.realm=nf")).toEqual(["v1"]);
    expect(await select("fields:spec.packageRevID.package=web,spec.packageRevID.workspace=next")).toEqual(["next"]);
    expect(await select(`fields:spec.packageRevID.target=${target},spec.lifecycle=published`)).toEqual(["v1", "v2"]);
    expect(await select("fields:status.lifecycle=published", "--selector=pkg.pkgserver.dev/latest=true")).toEqual([
      "v2",
    ]);
    const columns = async (leaf: string) =>
      (await env.as("dave")("get", "pkgrev", object(leaf), "--no-headers")).trim().split(/\s+/).slice(0, 6);
    expect(await columns("v2")).toEqual([object("v2"), "True", "Published", "published", "v2", "true"]);
    expect((await columns("work")).slice(0, 4)).toEqual([object("work"), "True", "Draft", "draft"]);
  });
});
