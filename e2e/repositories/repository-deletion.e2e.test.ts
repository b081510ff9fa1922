import { describe, expect } from "vitest";
import { startGitServer } from "../harness/git-server.ts";
import { findFreePorts } from "../harness/ports.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("goodbye");

/** The objects of a repository: name → lifecycle and content digest. */
async function describeObjects(env: TestEnv, repository: string): Promise<Readonly<Record<string, string>>> {
  const all = (await env.revisions()).filter((one) => one.spec.packageRevID.repository === repository);
  return Object.fromEntries(
    all.map(({ metadata, status }) => [metadata.name, `${status?.lifecycle} ${status?.contentDigest}`]),
  );
}

/** Deletes a Repository, and waits until it and its objects are gone. */
async function deleteRepository(env: TestEnv, name: string): Promise<void> {
  await env.as("admin")("delete", "pkgrepo", name, "--timeout=30s");
  const left = async () => (await env.as("admin")("get", "pkg", "-o", "name")).split("\n").filter(isOf);
  const isOf = (line: string) => line.includes(`/${name}`) || line.includes(`.${name}.`);
  await waitUntil(`no object of ${name} is left`, left, { until: (lines) => lines.length === 0 });
}

/** The root folder of the git server's repositories. */
const rootOf = (env: TestEnv) => env.git.path("").replace(/\/\.git$/, "");

describe("deleting a Repository", () => {
  it("deletes its objects and leaves Git unchanged; registered again, it restores all of them", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("fleet");
    await pushExternally(
      env.git,
      "fleet",
      { files: { "edge/web/a.yaml": "a\n" }, annotated: ["edge/web/v1"] },
      { branch: "edge/web/external", from: "refs/heads/main", files: { "edge/web/b.yaml": "b\n" } },
    );
    const deployment = { deployment: true };
    await env.register("fleet", deployment);
    const id = { repository: "fleet", target: "edge", package: "db" };
    await packages.createPublished({ ...id, workspace: "first" }, { "db.yaml": "v: 1\n" });
    await packages.propose(await packages.createDraft({ ...id, workspace: "second" }, { "db.yaml": "v: 2\n" }));
    await packages.createDraft({ ...id, workspace: "third" }, { "db.yaml": "v: 3\n" });
    await packages.waitForReason("edge.fleet.web.external", "Draft");
    await packages.waitForReason("edge.fleet.web.v1", "Published");
    const before = { git: await listRefs(env.git, "fleet"), objects: await describeObjects(env, "fleet") };
    expect(Object.keys(before.objects)).toHaveLength(5);

    await deleteRepository(env, "fleet");
    expect(await listRefs(env.git, "fleet")).toBe(before.git);

    await env.register("fleet", deployment);
    await waitUntil("all objects are restored", () => describeObjects(env, "fleet"), {
      until: (objects) => JSON.stringify(objects) === JSON.stringify(before.objects),
    });
    expect(await listRefs(env.git, "fleet")).toBe(before.git);
  });

  it("does not need the git server", async ({ env, packages }) => {
    await env.git.createRepository("offline");
    await pushExternally(env.git, "offline", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    const server = await startGitServer({ root: rootOf(env) });
    try {
      await env.register("offline", {}, { url: `http://127.0.0.1:${server.port}/offline.git` });
      await packages.waitForReason("catalog.offline.web.v1", "Published");
    } finally {
      await server.stop();
    }
    await deleteRepository(env, "offline");
  });

  it("does not need a Repository that was ever read", async ({ env }) => {
    const [port] = await findFreePorts(1);
    await env.applyRepository("unread", {}, { url: `http://127.0.0.1:${port}/unread.git` });
    await env.waitForRepository("unread", "ConnectionFailed");
    await deleteRepository(env, "unread");
  });
});

describe("a Repository that is deleted and created again at once", () => {
  it("reads the branch of the new one", async ({ env }) => {
    await env.git.createRepository("quick", { seed: { "README.md": "1\n" } });
    await pushExternally(env.git, "quick", { branch: "release", files: { "r.md": "r\n" } });
    await env.register("quick");
    const request = env.as("admin");
    for (const ref of ["release", "main", "release", "main", "release"]) {
      await request("delete", "pkgrepo", "quick", "--wait=false");
      await waitUntil("another one is there", async () => {
        await env.applyRepository("quick", {}, { ref });
        const { metadata, spec } = await env.repository("quick");
        return metadata.deletionTimestamp === undefined && spec.git?.ref === ref;
      });
      expect((await env.waitForRepository("quick", "Synced")).status?.commit).toBe(
        await createGitReader(env.git, "quick")("rev-parse", ref),
      );
    }
  });
});
