import { isDeepStrictEqual } from "node:util";
import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithEnv("edit").extend("git", { scope: "file" }, async ({ env }) => createGitReader(env.git, "blue"));

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

/** A draft with a file, and the full name of its branch. */
async function createDraft(
  packages: Packages,
  name: string,
  repository = "blue",
): Promise<{ name: string; branch: string }> {
  const id = { repository, package: name, workspace: "one" };
  return { name: await packages.createDraft(id, { "a.yaml": "a: 1\n" }), branch: `refs/heads/${name}/one` };
}

const commitOf = async (packages: Packages, name: string) => (await packages.get(name)).status?.commit;
const resources = async (packages: Packages, name: string) => (await packages.contents(name)).spec.resources;

describe.concurrent("lifecycle: edits", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "each become a commit on the draft's branch, with the editor as its author"),
    async ({ packages, git }) => {
      const { name, branch } = await createDraft(packages, "authors");
      await packages.save(name, { "a.yaml": "a: 2\n" }, "alice");
      await packages.save(name, { "b.yaml": "b: 1\n" }, "carol");
      await packages.save(name, { "a.yaml": null }, "alice");
      expect((await git("log", "--format=%an <%ae> %cn: %s", "-4", branch)).split("\n")).toEqual([
        ...["alice", "carol", "alice", "alice"].map(
          (author) => `${author} <${author}@noreply.pkgserver.dev> pkgserver: Edit authors (one)`,
        ),
      ]);
      expect(await git.files(branch, "authors")).toEqual({ "b.yaml": "b: 1\n" });
      await packages.waitFor(name, "has the last commit", (one) => one.status?.files === 1);
      expect(await commitOf(packages, name)).toBe(await git("rev-parse", branch));
    },
  );

  it("that are acknowledged are in Git", async ({ packages, git }) => {
    const { name, branch } = await createDraft(packages, "acknowledged");
    const edits = Promise.all(
      Array.from({ length: 12 }, (_, index) => packages.edit(name, { [`f${index}.yaml`]: `n: ${index}\n` })),
    );
    let acknowledgements = 0;
    const lost: string[] = [];
    await waitUntil("all edits are acknowledged", async () => {
      const { metadata, spec, status } = await packages.contents(name);
      if (status?.observedGeneration !== metadata.generation) return false;
      acknowledgements += 1;
      const resources = Object.entries(spec.resources ?? {});
      // Git may have later edits too. The files of this generation must be there.
      const inGit = await git.files(branch, "acknowledged");
      lost.push(...resources.flatMap(([path, text]) => (inGit[path] === text ? [] : [path])));
      return resources.length === 13;
    });
    await edits;
    expect(lost).toEqual([]);
    expect(acknowledgements).toBeGreaterThan(0);
  });

  it("that change no byte create no commit", async ({ packages, git }) => {
    const { name, branch } = await createDraft(packages, "same");
    const before = await git("rev-parse", branch);
    // The same bytes as base64: the API server counts it as an edit.
    const spec = {
      resources: { "a.yaml": null },
      binaryResources: { "a.yaml": Buffer.from("a: 1\n").toString("base64") },
    };
    await packages.request("alice", "merge", `packagerevisionresourceses/${name}`, { spec });
    expect((await packages.waitForAcknowledgement(name)).metadata.generation).toBe(3);
    expect(await git("rev-parse", branch)).toBe(before);
  });

  it("of labels, annotations and inputs become a commit without files, with the metadata block", async ({
    packages,
    git,
  }) => {
    const { name, branch } = await createDraft(packages, "metadata");
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
    // kubectl's own annotations are not recorded, neither alone nor with other changes.
    await packages.patch(name, { metadata: { annotations: { "kubectl.kubernetes.io/hint": "x" } } });
    await packages.patch(name, { metadata: { labels: { team: null } } });
    await waitUntil("the label is gone", block, { until: (value) => value.labels === undefined });
    expect(await git.count(`${start}..${branch}`)).toBe(4);
    expect(await block()).toMatchObject({ annotations: { note: "é\n" }, spec: { inputs } });
    expect(await git("diff", "--stat", start, branch)).toBe("");
  });
});

describe.concurrent("lifecycle: an external push to a draft's branch", () => {
  /** A draft in a repository of its own, with the same name. */
  async function createDraftAlone({ env, packages }: Fixtures, repository: string) {
    await env.git.createRepository(repository);
    await env.register(repository);
    const { name, branch } = await createDraft(packages, repository, repository);
    const push = (files: Record<string, string | null>) =>
      pushExternally(env.git, repository, { branch: `${repository}/one`, files });
    return { name, branch, push, git: createGitReader(env.git, repository) };
  }

  it("is shown at the next sync", async ({ env, packages }) => {
    const { name, branch, push, git } = await createDraftAlone({ env, packages }, "shown");
    const [commit] = await push({ "shown/a.yaml": null, "shown/b.yaml": "b: external\n" });
    await env.sync("shown");
    await packages.waitFor(name, "has the external commit", (one) => one.status?.commit === commit);
    expect(await resources(packages, name)).toEqual({ "b.yaml": "b: external\n" });
    expect(await git("rev-parse", branch)).toBe(commit);
  });

  it(
    ...needs("MutatingAdmissionPolicy", "is merged file by file with a concurrent edit"),
    async ({ env, packages }) => {
      const { name, branch, push, git } = await createDraftAlone({ env, packages }, "merged");
      const [external] = await push({ "merged/b.yaml": "b: external\n" });
      await packages.save(name, { "a.yaml": "a: edited\n" });
      const both = { "a.yaml": "a: edited\n", "b.yaml": "b: external\n" };
      await waitUntil("both are shown", () => resources(packages, name), {
        until: (files) => files?.["b.yaml"] !== undefined,
      });
      expect(await resources(packages, name)).toEqual(both);
      expect(await git.files(branch, "merged")).toEqual(both);
      expect(await git("log", "-1", "--format=%P|%an", branch)).toBe(`${external}|alice`);
    },
  );

  it("of a file that was also edited is a ContentConflict; both versions stay until the user decides", async ({
    env,
    packages,
  }) => {
    const { name, branch, push, git } = await createDraftAlone({ env, packages }, "conflict");
    const [external] = await push({ "conflict/a.yaml": "a: external\n" });
    await packages.edit(name, { "a.yaml": "a: edited\n", "b.yaml": "b: edited\n" });
    const object = await packages.waitForReason(name, "ContentConflict");
    expect(object.status?.conditions?.find((one) => one.type === "Ready")?.message).toContain(
      `changed here and by commit ${external} on ${branch}: a.yaml;`,
    );
    const { metadata, spec, status } = await packages.contents(name);
    expect(spec.resources).toEqual({ "a.yaml": "a: edited\n", "b.yaml": "b: edited\n" });
    expect(status?.observedGeneration).toBeLessThan(metadata.generation ?? 0);
    expect(await git("rev-parse", branch)).toBe(external);
    await packages.save(name, { "a.yaml": "a: external\n" });
    await packages.waitForReason(name, "Draft");
    expect(await git.files(branch, "conflict")).toEqual({ "a.yaml": "a: external\n", "b.yaml": "b: edited\n" });
  });

  it("that a hook must accept: the condition has its message, and the edit is pushed once it accepts", async ({
    env,
    packages,
  }) => {
    const { name, branch, git } = await createDraftAlone({ env, packages }, "hooked");
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
