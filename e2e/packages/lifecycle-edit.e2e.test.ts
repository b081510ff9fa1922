import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
let git: GitReader;

beforeAll(async () => {
  env = await startTestEnv("edit");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  await env.register("blue");
  git = createGitReader(env.git, "blue");
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

/** A draft with a file, and the full name of its branch. */
async function begin(name: string, repository = "blue"): Promise<{ name: string; branch: string }> {
  const id = { repository, package: name, workspace: "one" };
  return { name: await packages.createDraft(id, { "a.yaml": "a: 1\n" }), branch: `refs/heads/${name}/one` };
}

const commitOf = async (name: string) => (await packages.get(name)).status?.commit;
const resources = async (name: string) => (await packages.contents(name)).spec.resources;

describe.concurrent("lifecycle: edits", () => {
  it("each becomes a commit on the draft's branch, by who made it", async () => {
    const { name, branch } = await begin("authors");
    await packages.save(name, { "a.yaml": "a: 2\n" }, "alice");
    await packages.save(name, { "b.yaml": "b: 1\n" }, "carol");
    await packages.save(name, { "a.yaml": null }, "alice");
    expect((await git("log", "--format=%an <%ae> %cn: %s", "-4", branch)).split("\n")).toEqual([
      ...["alice", "carol", "alice", "alice"].map(
        (author) => `${author} <${author}@noreply.pkgserver.dev> pkgserver: Edit authors (one)`,
      ),
    ]);
    expect(await git.files(branch, "authors")).toEqual({ "b.yaml": "b: 1\n" });
    await packages.waitFor(name, "tells the commit", (one) => one.status?.files === 1);
    expect(await commitOf(name)).toBe(await git("rev-parse", branch));
  });

  it("that are acknowledged are in Git, whenever one looks", async () => {
    const { name, branch } = await begin("acknowledged");
    const edits = Promise.all(
      Array.from({ length: 12 }, (_, index) => packages.edit(name, { [`f${index}.yaml`]: `n: ${index}\n` })),
    );
    let looks = 0;
    await waitUntil("all edits are acknowledged", async () => {
      const { metadata, spec, status } = await packages.contents(name);
      if (status?.observedGeneration !== metadata.generation) return false;
      // What came later may be there too; what this object holds must be.
      expect(await git.files(branch, "acknowledged")).toMatchObject(spec.resources ?? {});
      looks += 1;
      return Object.keys(spec.resources ?? {}).length === 13;
    });
    await edits;
    expect(looks).toBeGreaterThan(0);
  });

  it("that change no byte make no commit", async () => {
    const { name, branch } = await begin("same");
    const before = await git("rev-parse", branch);
    // Another spelling of the same file, so that the API server counts it as an edit.
    const spec = {
      resources: { "a.yaml": null },
      binaryResources: { "a.yaml": Buffer.from("a: 1\n").toString("base64") },
    };
    await packages.request("alice", "merge", `packagerevisionresourceses/${name}`, { spec });
    expect((await packages.waitForAcknowledgement(name)).metadata.generation).toBe(3);
    expect(await git("rev-parse", branch)).toBe(before);
  });

  it("of labels, annotations and inputs alone become an empty commit with the metadata block", async () => {
    const { name, branch } = await begin("metadata");
    const start = await git("rev-parse", branch);
    const block = async () => JSON.parse((await git.trailers(branch))["Package-Metadata"] ?? "{}");
    const inputs = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { size: "3" } }];
    const changes = [
      { change: { metadata: { labels: { team: "edge" } } }, recorded: { labels: { team: "edge" } } },
      { change: { metadata: { annotations: { note: "é\n" } } }, recorded: { annotations: { note: "é\n" } } },
      { change: { spec: { inputs } }, recorded: { spec: { inputs } } },
    ];
    for (const { change, recorded } of changes) {
      await packages.patch(name, change);
      await waitUntil("the change is recorded", block, {
        until: (value) => isDeepStrictEqual({ ...value, ...recorded }, value),
      });
    }
    // What is kubectl's own is recorded neither alone nor with others.
    await packages.patch(name, { metadata: { annotations: { "kubectl.kubernetes.io/hint": "x" } } });
    await packages.patch(name, { metadata: { labels: { team: null } } });
    await waitUntil("the label is gone", block, { until: (value) => value.labels === undefined });
    expect(await git.count(`${start}..${branch}`)).toBe(4);
    expect(await block()).toMatchObject({ annotations: { note: "é\n" }, spec: { inputs } });
    expect(await git("diff", "--stat", start, branch)).toBe("");
  });
});

describe.concurrent("lifecycle: what others push to a draft's branch", () => {
  /** In a repository of its own, which has the package's name. */
  async function beginAlone(repository: string) {
    await env.git.createRepository(repository);
    await env.register(repository);
    const { name, branch } = await begin(repository, repository);
    const push = (files: Record<string, string | null>) =>
      pushExternally(env.git, repository, { branch: `${repository}/one`, files });
    return { name, branch, push, git: createGitReader(env.git, repository) };
  }

  it("is shown at the next sync", async () => {
    const { name, branch, push, git } = await beginAlone("shown");
    const [commit] = await push({ "shown/a.yaml": null, "shown/b.yaml": "b: theirs\n" });
    await env.sync("shown");
    await packages.waitFor(name, "is at their commit", (one) => one.status?.commit === commit);
    expect(await resources(name)).toEqual({ "b.yaml": "b: theirs\n" });
    expect(await git("rev-parse", branch)).toBe(commit);
  });

  it("is merged file by file with an edit that meets it", async () => {
    const { name, branch, push, git } = await beginAlone("merged");
    const [theirs] = await push({ "merged/b.yaml": "b: theirs\n" });
    await packages.save(name, { "a.yaml": "a: ours\n" });
    const both = { "a.yaml": "a: ours\n", "b.yaml": "b: theirs\n" };
    await waitUntil("both are shown", () => resources(name), { until: (files) => files?.["b.yaml"] !== undefined });
    expect(await resources(name)).toEqual(both);
    expect(await git.files(branch, "merged")).toEqual(both);
    expect(await git("log", "-1", "--format=%P|%an", branch)).toBe(`${theirs}|alice`);
  });

  it("keeps both versions where both changed a file, until someone decides", async () => {
    const { name, branch, push, git } = await beginAlone("conflict");
    const [theirs] = await push({ "conflict/a.yaml": "a: theirs\n" });
    await packages.edit(name, { "a.yaml": "a: ours\n", "b.yaml": "b: ours\n" });
    const object = await packages.waitForReason(name, "ContentConflict");
    expect(object.status?.conditions?.find((one) => one.type === "Ready")?.message).toContain(
      `changed here and by commit ${theirs} on ${branch}: a.yaml;`,
    );
    const { metadata, spec, status } = await packages.contents(name);
    expect(spec.resources).toEqual({ "a.yaml": "a: ours\n", "b.yaml": "b: ours\n" });
    expect(status?.observedGeneration).toBeLessThan(metadata.generation ?? 0);
    expect(await git("rev-parse", branch)).toBe(theirs);
    await packages.save(name, { "a.yaml": "a: theirs\n" });
    await packages.waitForReason(name, "Draft");
    expect(await git.files(branch, "conflict")).toEqual({ "a.yaml": "a: theirs\n", "b.yaml": "b: ours\n" });
  });

  it("may be a refusal: the hook's words are in the condition, and the edit goes out when the hook lets it", async () => {
    const { name, branch, git } = await beginAlone("hooked");
    const before = await git("rev-parse", branch);
    const preReceive = 'echo "no edits on Fridays (rule 7)" >&2\nexit 1\n';
    await env.git.setHooks("hooked", { preReceive });
    await packages.edit(name, { "a.yaml": "a: 2\n" });
    const refused = await packages.waitForReason(name, "PushRejected");
    expect(refused.status?.conditions?.find((one) => one.type === "Ready")?.message).toContain(
      "no edits on Fridays (rule 7)",
    );
    const { metadata, status } = await packages.contents(name);
    expect(status?.observedGeneration).toBeLessThan(metadata.generation ?? 0);
    expect(await git("rev-parse", branch)).toBe(before);
    await env.git.setHooks("hooked", { preReceive: null });
    await packages.waitForAcknowledgement(name);
    await packages.waitForReason(name, "Draft");
    expect(await git.files(branch, "hooked")).toEqual({ "a.yaml": "a: 2\n" });
  });
});
