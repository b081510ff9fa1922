import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
beforeAll(async () => {
  env = await startTestEnv("goodbye");
  packages = await createPackages(env);
});
afterAll(async () => await env?.end());

/** All objects of a repository, as name → lifecycle and digest of what they hold. */
async function describeAll(repository: string): Promise<Readonly<Record<string, string>>> {
  const all = (await env.revisions()).filter((one) => one.spec.packageRevID.repository === repository);
  return Object.fromEntries(
    all.map(({ metadata, status }) => [metadata.name, `${status?.lifecycle} ${status?.contentDigest}`]),
  );
}

async function expectNothing(): Promise<void> {
  await waitUntil("nothing is left", () => env.as("admin")("get", "pkg", "-o", "name"), {
    until: (text) => text === "",
  });
}

describe("deleting a Repository", () => {
  it("takes its objects along, leaves Git as it is, and registering it again brings all of it back", async () => {
    await env.git.createRepository("fleet");
    await pushExternally(
      env.git,
      "fleet",
      { files: { "edge/web/a.yaml": "a\n" }, annotated: ["edge/web/v1"] },
      { branch: "edge/web/theirs", from: "refs/heads/main", files: { "edge/web/b.yaml": "b\n" } },
    );
    const deployment = { deployment: true };
    await env.register("fleet", deployment);
    const id = { repository: "fleet", target: "edge", package: "db" };
    await packages.createPublished({ ...id, workspace: "first" }, { "db.yaml": "v: 1\n" });
    await packages.propose(await packages.createDraft({ ...id, workspace: "second" }, { "db.yaml": "v: 2\n" }));
    await packages.createDraft({ ...id, workspace: "third" }, { "db.yaml": "v: 3\n" });
    await packages.waitForReason("edge.fleet.web.theirs", "Draft");
    await packages.waitForReason("edge.fleet.web.v1", "Published");
    const before = { git: await listRefs(env.git, "fleet"), objects: await describeAll("fleet") };
    expect(Object.keys(before.objects)).toHaveLength(5);

    await env.as("admin")("delete", "pkgrepo", "fleet", "--timeout=30s");
    await expectNothing();
    expect(await listRefs(env.git, "fleet")).toBe(before.git);

    await env.register("fleet", deployment);
    await waitUntil("everything is back", () => describeAll("fleet"), {
      until: (objects) => JSON.stringify(objects) === JSON.stringify(before.objects),
    });
    expect(await listRefs(env.git, "fleet")).toBe(before.git);
  });

  it("does not need the Git server", async () => {
    await env.git.stop();
    await env.as("admin")("delete", "pkgrepo", "fleet", "--timeout=30s");
    await expectNothing();
  });

  it("does not need the Repository ever to have worked", async () => {
    await env.applyRepository("hopeless");
    await env.waitForRepository("hopeless", "ConnectionFailed");
    await env.as("admin")("delete", "pkgrepo", "hopeless", "--timeout=30s");
    await expectNothing();
  });
});
