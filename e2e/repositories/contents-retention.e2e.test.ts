import { describe, expect } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../src/api/v1alpha1/well-known.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";

/** Each revision takes about 8 KiB of JSON: the budget has room for three. */
const TEXT = "x".repeat(8 * 1024);
const BUDGET = 30 * 1024;
/** Revisions in the order of their commits: alpha's v2 after its v3, on a branch for fixes. */
const REVISIONS = ["alpha/v1", "alpha/v3", "beta/v1", "alpha/v2", "beta/v2"];
/** What Auto keeps: the latest of each package, then the newest. */
const KEPT = ["alpha.v2", "alpha.v3", "beta.v2"];
const GIT_ONLY = ["alpha.v1", "beta.v1"];

const it = testWithEnv("kept", { operator: { contentsBudget: `${BUDGET}` } });

/** A Repository, and which contents of it are in the cluster. Names are without `catalog.<repository>.`. */
class Shelf {
  readonly repository: string;
  readonly #fixtures: Fixtures;

  constructor(fixtures: Fixtures, repository: string) {
    this.#fixtures = fixtures;
    this.repository = repository;
  }

  name(short: string): string {
    return `catalog.${this.repository}.${short}`;
  }

  /** The contents objects. */
  async present(): Promise<readonly string[]> {
    const { items } = (await this.#fixtures.packages.request(
      "admin",
      "get",
      "packagerevisionresourceses",
    )) as unknown as { readonly items: readonly PackageRevisionResources[] };
    return this.#shorten(items.map((one) => one.metadata.name));
  }

  async waitForPresent(names: readonly string[]): Promise<void> {
    await waitUntil(`the contents objects are those of ${names}`, async () => await this.present(), {
      until: (all) => all.join() === names.join(),
    });
  }

  /** Waits until exactly these revisions have `GitOnly` in their status. */
  async waitForGitOnly(names: readonly string[]): Promise<void> {
    const gitOnly = async () => {
      const all = (await this.#fixtures.env.revisions()).filter((one) => one.status?.contents === "GitOnly");
      return this.#shorten(all.map((one) => one.metadata.name));
    };
    await waitUntil(`${names} are GitOnly`, gitOnly, { until: (all) => all.join() === names.join() });
  }

  async waitForKept(count: number): Promise<void> {
    const status = async () => (await this.#fixtures.env.repository(this.repository)).status;
    await waitUntil(`${count} contents are kept`, status, { until: (one) => one?.contentsKept === count });
  }

  async annotate(short: string, value: "true" | null): Promise<void> {
    const metadata = { annotations: { [ANNOTATION_SHOW_CONTENTS]: value } };
    await this.#fixtures.packages.patch(this.name(short), { metadata });
  }

  async readyMessage(short: string): Promise<string | undefined> {
    const { status } = await this.#fixtures.packages.get(this.name(short));
    return status?.conditions?.find((one) => one.type === "Ready")?.message;
  }

  #shorten(names: readonly string[]): readonly string[] {
    const prefix = this.name("");
    return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])).sort();
  }
}

/** Registers a repository with REVISIONS, and waits until KEPT are in the cluster. */
async function registerShelf({ env, packages }: Fixtures, repository: string): Promise<Shelf> {
  await env.git.createRepository(repository);
  for (const [later, tag] of REVISIONS.entries()) {
    const file = `${tag.split("/")[0]}/a.yaml`;
    const place = tag === "alpha/v2" ? { branch: "fixes", from: "refs/heads/main" } : {};
    const files = { [file]: `# ${tag}\n${TEXT}\n` };
    await pushExternally(env.git, repository, { ...place, files, tags: [tag], later });
  }
  await env.register(repository);
  const shelf = new Shelf({ env, packages }, repository);
  await shelf.waitForGitOnly(GIT_ONLY);
  await shelf.waitForPresent(KEPT);
  await shelf.waitForKept(3);
  return shelf;
}

describe("contents: Auto", () => {
  it("keeps the latest of each package, then the newest, within the budget", async ({ env, packages }) => {
    await registerShelf({ env, packages }, "budget");
    const { status } = await env.repository("budget");
    expect(status?.contentsBytes).toBeLessThanOrEqual(BUDGET);
    expect(status?.contentsBytes).toBeGreaterThan(3 * TEXT.length);
  });

  it("reports everything but the files of a revision that is not kept, and how to see the files", async ({
    env,
    packages,
  }) => {
    const shelf = await registerShelf({ env, packages }, "status");
    const left = (await packages.get(shelf.name("beta.v1"))).status;
    const kept = (await packages.get(shelf.name("beta.v2"))).status;
    expect(left).toMatchObject({ lifecycle: "published", revision: "v1", files: 1, contentsSize: kept?.contentsSize });
    expect(left?.contentDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(kept?.contents).toBeUndefined();
    expect(await shelf.readyMessage("beta.v1")).toBe(
      "tag beta/v1; its files are in Git alone (spec.contents of the Repository): annotate it with " +
        "pkg.pkgserver.dev/show-contents=true to see them here",
    );
    expect(await shelf.readyMessage("beta.v2")).toBe("tag beta/v2");
    const table = await env.as("dave")("get", "pkgrev", "--output=wide");
    const rows = table.split("\n").filter((line) => line.includes(shelf.name("")) && line.includes("GitOnly"));
    expect(rows).toHaveLength(2);
  });

  it("shows a revision beyond the budget while its annotation asks for that", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "demand");
    await shelf.annotate("alpha.v1", "true");
    await shelf.waitForPresent(["alpha.v1", ...KEPT]);
    const { spec, status } = await packages.contents(shelf.name("alpha.v1"));
    expect(spec.resources).toEqual({ "a.yaml": `# alpha/v1\n${TEXT}\n` });
    expect(status?.frozen).toBe(true);
    await shelf.waitForGitOnly(["beta.v1"]);
    expect(await shelf.readyMessage("alpha.v1")).toBe("tag alpha/v1");
    await env.sync("demand");
    await shelf.waitForPresent(["alpha.v1", ...KEPT]);
    await shelf.annotate("alpha.v1", null);
    await shelf.waitForGitOnly(GIT_ONLY);
    await shelf.waitForPresent(KEPT);
  });

  it("recreates kept contents that are deleted, and no others", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "deleted");
    const name = shelf.name("alpha.v2");
    const { uid } = (await packages.contents(name)).metadata;
    const operator = kubectlAs(env.controlPlane, "operator");
    await operator("delete", "pkgres", name, `--namespace=${env.namespace}`);
    await waitUntil("the contents are recreated", async () => await packages.contents(name), {
      until: (one) => one.metadata.uid !== uid,
    });
    expect(await shelf.present()).toEqual(KEPT);
  });

  it("writes no object after a restart", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "restart");
    const versions = async () => {
      const revisions = (await env.revisions()).filter((one) => one.spec.packageRevID.repository === "restart");
      const contents = await Promise.all(KEPT.map((short) => packages.contents(shelf.name(short))));
      return [...revisions, ...contents].map(
        ({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
      );
    };
    const before = await versions();
    await env.restartOperator("stop");
    await env.sync("restart");
    expect(await versions()).toEqual(before);
    expect(await shelf.present()).toEqual(KEPT);
  });

  it("replaces the oldest contents by those of a draft and of a new publication", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "newer");
    const refs = async () => (await listRefs(env.git, "newer")).split("\n").filter((line) => line.includes("/tags/"));
    const before = await refs();
    const name = await packages.createDraft({ repository: "newer", package: "alpha", workspace: "next" });
    await shelf.waitForPresent(["alpha.next", "alpha.v3", "beta.v2"]);
    await packages.save(name, { "a.yaml": `# newest\n${TEXT}\n` });
    await packages.publish(name);
    expect(await shelf.present()).toContain("alpha.next");
    await shelf.waitForPresent(["alpha.next", "alpha.v2", "beta.v2"]);
    await shelf.waitForGitOnly(["alpha.v1", "alpha.v3", "beta.v1"]);
    expect((await refs()).filter((line) => !line.includes("/alpha/v4"))).toEqual(before);
  });
});

describe("contents: a revision that is GitOnly", () => {
  it("is cloned, and deleted, like any other", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "source");
    const upstream = { repository: "source", package: "beta", revision: "v1" };
    const id = { repository: "source", package: "clone", workspace: "one" };
    const name = await packages.createDraft(id, undefined, { spec: { tasks: [{ type: "clone" }], upstream } });
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": `# beta/v1\n${TEXT}\n` });
    await packages.delete(name);
    await packages.waitUntilGone(name);
    const old = shelf.name("beta.v1");
    await packages.setLifecycle(old, "deletionProposed");
    expect((await packages.waitForReason(old, "DeletionProposed")).status?.contents).toBe("GitOnly");
    await packages.delete(old, "bob");
    await packages.waitUntilGone(old);
    expect(await listRefs(env.git, "source")).toContain("refs/tags/beta/deleted-v1");
  });
});

describe("contents: another choice of the Repository", () => {
  it("Latest keeps only the latest of each package", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "latest");
    await env.applyRepository("latest", { contents: "Latest" });
    await shelf.waitForPresent(["alpha.v3", "beta.v2"]);
    const id = { repository: "latest", package: "beta", workspace: "third" };
    await packages.createPublished(id, { "b.yaml": "b: 3\n" });
    await shelf.waitForPresent(["alpha.v3", "beta.third"]);
    await packages.setLifecycle(shelf.name("beta.third"), "deletionProposed");
    await packages.waitForReason(shelf.name("beta.third"), "DeletionProposed");
    await packages.delete(shelf.name("beta.third"), "bob");
    await shelf.waitForPresent(["alpha.v3", "beta.v2"]);
  });

  it("Drafts keeps no published contents, and a new draft still starts from the latest revision", async ({
    env,
    packages,
  }) => {
    const shelf = await registerShelf({ env, packages }, "drafts");
    await env.applyRepository("drafts", { contents: "Drafts" });
    await shelf.waitForPresent([]);
    const name = await packages.createDraft({ repository: "drafts", package: "beta", workspace: "third" });
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": `# beta/v2\n${TEXT}\n` });
    await shelf.waitForKept(1);
    await packages.propose(name);
    expect(await shelf.present()).toEqual(["beta.third"]);
    await packages.publish(name);
    await shelf.waitForPresent([]);
    expect((await packages.get(name)).status).toMatchObject({ contents: "GitOnly", files: 1 });
  });

  it("All keeps every revision beyond the budget, until Auto removes them again", async ({ env, packages }) => {
    const shelf = await registerShelf({ env, packages }, "all");
    await env.applyRepository("all", { contents: "All" });
    await shelf.waitForPresent(["alpha.v1", "alpha.v2", "alpha.v3", "beta.v1", "beta.v2"]);
    await shelf.waitForGitOnly([]);
    await env.applyRepository("all", { contents: "Auto" });
    await shelf.waitForPresent(KEPT);
    await shelf.waitForKept(3);
  });

  it("creates and deletes all pages of a big revision", async ({ env, packages }) => {
    await env.git.createRepository("wide");
    const page = "y".repeat(400 * 1024);
    const files = { "gamma/a.yaml": page, "gamma/b.yaml": page };
    await pushExternally(env.git, "wide", { files, tags: ["gamma/v1"] });
    const shelf = new Shelf({ env, packages }, "wide");
    await env.register("wide", { contents: "All" });
    await shelf.waitForPresent(["gamma.v1", "gamma.v1.page-2"]);
    await env.applyRepository("wide", { contents: "Drafts" });
    await shelf.waitForPresent([]);
    await shelf.annotate("gamma.v1", "true");
    await shelf.waitForPresent(["gamma.v1", "gamma.v1.page-2"]);
    await shelf.annotate("gamma.v1", null);
    await shelf.waitForPresent([]);
  });

  it("is refused unless it is one of the four", async ({ env }) => {
    await expect(env.applyRepository("refused", { contents: "Some" })).rejects.toThrow('supported values: "Auto"');
  });
});
