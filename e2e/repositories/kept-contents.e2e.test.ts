import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../src/api/v1alpha1/well-known.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

/** Each revision is about 8 KiB of JSON: the budget has room for three. */
const TEXT = "x".repeat(8 * 1024);
const BUDGET = 30 * 1024;
/** Revisions in the order in which they were made: alpha's v2 after its v3, on a branch for fixes. */
const REVISIONS = ["alpha/v1", "alpha/v3", "beta/v1", "alpha/v2", "beta/v2"];
let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  env = await startTestEnv("kept", { operator: { contentsBudget: `${BUDGET}` } });
  packages = await createPackages(env);
  await env.git.createRepository("shelf");
  for (const [later, tag] of REVISIONS.entries()) {
    const file = `${tag.split("/")[0]}/a.yaml`;
    const place = tag === "alpha/v2" ? { branch: "fixes", from: "refs/heads/main" } : {};
    const files = { [file]: `# ${tag}\n${TEXT}\n` };
    await pushExternally(env.git, "shelf", { ...place, files, tags: [tag], later });
  }
  await env.git.createRepository("wide");
  const page = "y".repeat(400 * 1024);
  await pushExternally(env.git, "wide", {
    files: { "gamma/a.yaml": page, "gamma/b.yaml": page },
    tags: ["gamma/v1"],
  });
  await env.register("shelf");
});
afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

/** The contents objects of a repository, without `catalog.<repository>.`. */
async function present(repository = "shelf"): Promise<readonly string[]> {
  const { items } = (await packages.request("admin", "get", "packagerevisionresourceses")) as unknown as {
    readonly items: readonly PackageRevisionResources[];
  };
  const prefix = `catalog.${repository}.`;
  const names = items.map((one) => one.metadata.name).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length)).sort();
}

async function waitForPresent(names: readonly string[], repository = "shelf"): Promise<void> {
  await waitUntil(`the contents are those of ${names}`, async () => await present(repository), {
    until: (all) => all.join() === names.join(),
  });
}

/** Waits until every revision but these says of itself that its files are in the cluster, and these that they are not. */
async function waitForGitOnly(names: readonly string[]): Promise<void> {
  const gitOnly = async () =>
    (await env.revisions())
      .filter((one) => one.spec.packageRevID.repository === "shelf" && one.status?.contents === "GitOnly")
      .map((one) => one.metadata.name.slice("catalog.shelf.".length))
      .sort();
  await waitUntil(`${names} are in Git alone`, gitOnly, { until: (all) => all.join() === names.join() });
}

async function waitForKept(count: number): Promise<void> {
  await waitUntil(`${count} are kept`, async () => (await env.repository("shelf")).status, {
    until: (status) => status?.contentsKept === count,
  });
}

const show = async (name: string, value: "true" | null) =>
  await packages.patch(name, { metadata: { annotations: { [ANNOTATION_SHOW_CONTENTS]: value } } });
const readyMessage = async (name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message;

describe("contents: Auto", () => {
  it("keeps the latest of each package, then the newest, as far as the budget reaches", async () => {
    await waitForGitOnly(["alpha.v1", "beta.v1"]);
    await waitForPresent(["alpha.v2", "alpha.v3", "beta.v2"]);
    await waitForKept(3);
    const { status } = await env.repository("shelf");
    expect(status?.contentsBytes).toBeLessThanOrEqual(BUDGET);
    expect(status?.contentsBytes).toBeGreaterThan(3 * TEXT.length);
  });

  it("tells of a revision that is not kept all but its files, and how to see these", async () => {
    const left = (await packages.get("catalog.shelf.beta.v1")).status;
    const kept = (await packages.get("catalog.shelf.beta.v2")).status;
    expect(left).toMatchObject({ lifecycle: "published", revision: "v1", files: 1, contentsSize: kept?.contentsSize });
    expect(left?.contentDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(kept?.contents).toBeUndefined();
    expect(await readyMessage("catalog.shelf.beta.v1")).toBe(
      "tag beta/v1; its files are in Git alone (spec.contents of the Repository): annotate it with pkg.pkgserver.dev/show-contents=true to see them here",
    );
    expect(await readyMessage("catalog.shelf.beta.v2")).toBe("tag beta/v2");
    const table = await env.as("dave")("get", "pkgrev", "--output=wide");
    expect(table.split("\n").filter((line) => line.includes("GitOnly"))).toHaveLength(2);
  });

  it("shows on demand what is not kept, beside the budget, until nobody asks any more", async () => {
    await show("catalog.shelf.alpha.v1", "true");
    await waitForPresent(["alpha.v1", "alpha.v2", "alpha.v3", "beta.v2"]);
    const { spec, status } = await packages.contents("catalog.shelf.alpha.v1");
    expect(spec.resources).toEqual({ "a.yaml": `# alpha/v1\n${TEXT}\n` });
    expect(status?.frozen).toBe(true);
    await waitForGitOnly(["beta.v1"]);
    expect(await readyMessage("catalog.shelf.alpha.v1")).toBe("tag alpha/v1");
    await env.sync("shelf");
    await waitForPresent(["alpha.v1", "alpha.v2", "alpha.v3", "beta.v2"]);
    await show("catalog.shelf.alpha.v1", null);
    await waitForGitOnly(["alpha.v1", "beta.v1"]);
    await waitForPresent(["alpha.v2", "alpha.v3", "beta.v2"]);
  });

  it("brings back what is deleted of what is kept, and nothing else", async () => {
    const { uid } = (await packages.contents("catalog.shelf.alpha.v2")).metadata;
    const operator = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.operator);
    await operator("delete", "pkgres", "catalog.shelf.alpha.v2", `--namespace=${env.namespace}`);
    await waitUntil("they are back", async () => await packages.contents("catalog.shelf.alpha.v2"), {
      until: (one) => one.metadata.uid !== uid,
    });
    expect(await present()).toEqual(["alpha.v2", "alpha.v3", "beta.v2"]);
  });

  it("is the same after a restart: not an object is written", async () => {
    const versions = async () => [
      ...(await env.revisions()).map((one) => `${one.metadata.name} ${one.metadata.resourceVersion}`),
      ...(await Promise.all(
        ["alpha.v2", "alpha.v3", "beta.v2"].map(async (name) => {
          const { uid, resourceVersion } = (await packages.contents(`catalog.shelf.${name}`)).metadata;
          return `${name} ${uid} ${resourceVersion}`;
        }),
      )),
    ];
    const before = await versions();
    await env.restartOperator("stop");
    await env.sync("shelf");
    expect(await versions()).toEqual(before);
    expect(await present()).toEqual(["alpha.v2", "alpha.v3", "beta.v2"]);
  });

  it("gives its room to a draft, and to what is published newly; the oldest goes", async () => {
    const refs = async () => (await listRefs(env.git, "shelf")).split("\n").filter((line) => line.includes("/tags/"));
    const before = await refs();
    const name = await packages.createDraft({ repository: "shelf", package: "alpha", workspace: "next" });
    await waitForPresent(["alpha.next", "alpha.v3", "beta.v2"]);
    await packages.save(name, { "a.yaml": `# newest\n${TEXT}\n` });
    await packages.publish(name);
    expect(await present()).toContain("alpha.next");
    await waitForPresent(["alpha.next", "alpha.v2", "beta.v2"]);
    await waitForGitOnly(["alpha.v1", "alpha.v3", "beta.v1"]);
    expect((await refs()).filter((line) => !line.includes("/alpha/v4"))).toEqual(before);
  });
});

describe("contents: a revision that is in Git alone", () => {
  it("is cloned, and deleted, like any other", async () => {
    const upstream = { repository: "shelf", package: "beta", revision: "v1" };
    const id = { repository: "shelf", package: "clone", workspace: "one" };
    const name = await packages.createDraft(id, undefined, { spec: { tasks: [{ type: "clone" }], upstream } });
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": `# beta/v1\n${TEXT}\n` });
    await packages.delete(name);
    await packages.waitUntilGone(name);
    const old = "catalog.shelf.beta.v1";
    await packages.setLifecycle(old, "deletionProposed");
    expect((await packages.waitForReason(old, "DeletionProposed")).status?.contents).toBe("GitOnly");
    await packages.delete(old, "bob");
    await packages.waitUntilGone(old);
    expect(await listRefs(env.git, "shelf")).toContain("refs/tags/beta/deleted-v1");
  });
});

describe("contents: what is chosen takes effect on what is there", () => {
  it("Latest keeps the latest of each package alone, and what was the latest goes", async () => {
    await env.applyRepository("shelf", { contents: "Latest" });
    await waitForPresent(["alpha.next", "beta.v2"]);
    await packages.createPublished(
      { repository: "shelf", package: "beta", workspace: "third" },
      { "b.yaml": "b: 3\n" },
    );
    await waitForPresent(["alpha.next", "beta.third"]);
    await packages.setLifecycle("catalog.shelf.beta.third", "deletionProposed");
    await packages.waitForReason("catalog.shelf.beta.third", "DeletionProposed");
    await packages.delete("catalog.shelf.beta.third", "bob");
    await waitForPresent(["alpha.next", "beta.v2"]);
  });

  it("Drafts keeps none that is published; the next draft begins from Git all the same", async () => {
    await env.applyRepository("shelf", { contents: "Drafts" });
    await waitForPresent([]);
    const name = await packages.createDraft({ repository: "shelf", package: "beta", workspace: "fourth" });
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": `# beta/v2\n${TEXT}\n` });
    await waitForKept(1);
    await packages.propose(name);
    expect(await present()).toEqual(["beta.fourth"]);
    await packages.publish(name);
    await waitForPresent([]);
    expect((await packages.get(name)).status).toMatchObject({ contents: "GitOnly", files: 1 });
  });

  it("All keeps every revision, beyond any budget, and Auto has them go again", async () => {
    await env.applyRepository("shelf", { contents: "All" });
    await waitForPresent(["alpha.next", "alpha.v1", "alpha.v2", "alpha.v3", "beta.fourth", "beta.v2"]);
    await waitForGitOnly([]);
    await env.applyRepository("shelf", { contents: "Auto" });
    await waitForPresent(["alpha.next", "beta.fourth", "beta.v2"]);
    await waitForKept(3);
  });

  it("all pages of a big revision come and go", async () => {
    await env.register("wide", { contents: "All" });
    await waitForPresent(["gamma.v1", "gamma.v1.page-2"], "wide");
    await env.applyRepository("wide", { contents: "Drafts" });
    await waitForPresent([], "wide");
    await show("catalog.wide.gamma.v1", "true");
    await waitForPresent(["gamma.v1", "gamma.v1.page-2"], "wide");
    await show("catalog.wide.gamma.v1", null);
    await waitForPresent([], "wide");
  });

  it("is one of the four", async () => {
    await expect(env.applyRepository("shelf", { contents: "Some" })).rejects.toThrow('supported values: "Auto"');
  });
});
