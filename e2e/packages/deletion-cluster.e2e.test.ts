import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { countPushes, createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, nameOf, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
let git: GitReader;

const id = (name: string) => ({ target: "catalog", repository: "blue", package: name, workspace: "one" });
const KINDS = ["draft", "proposed", "published", "deletionProposed"] as const;
const names = KINDS.map((kind) => nameOf(id(kind.toLowerCase())));

beforeAll(async () => {
  env = await startTestEnv("delcluster");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  await env.register("blue");
  git = createGitReader(env.git, "blue");
  const metadata = { labels: { team: "edge" } };
  await Promise.all(
    KINDS.map((kind) => packages.createDraft(id(kind.toLowerCase()), { "a.yaml": `${kind}\n` }, { metadata })),
  );
  const [, proposed = "", published = "", deletionProposed = ""] = names;
  await packages.propose(proposed);
  await packages.publish(published);
  await packages.publish(deletionProposed);
  await packages.setLifecycle(deletionProposed, "deletionProposed");
  await packages.waitForReason(deletionProposed, "DeletionProposed");
});

afterAll(async () => {
  await env.end();
});

/** Every package revision, with what of it must survive. */
async function snapshot(): Promise<unknown> {
  return await Promise.all(
    names.map(async (name) => {
      const { metadata, spec, status } = await packages.get(name);
      const { lifecycle, revision, commit, contentDigest, proposal, base } = status ?? {};
      const { resources } = (await packages.contents(name)).spec;
      const { "pkg.pkgserver.dev/latest": latest, team } = metadata.labels ?? {};
      return {
        id: spec.packageRevID,
        lifecycle,
        revision,
        commit,
        contentDigest,
        proposal,
        base,
        resources,
        latest,
        team,
      };
    }),
  );
}

describe("deletion: of what is around packages", () => {
  it("deleting the Repository changes nothing in Git; applying it again brings everything back", async () => {
    const [refs, before] = [await git("for-each-ref"), await snapshot()];
    const pushes = countPushes(env.git, "blue");
    await packages.request("carol", "delete", "repositories/blue");
    await waitUntil(
      "the Repository is gone",
      async () => (await env.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "",
    );
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(env.git, "blue")).toBe(pushes);

    await env.register("blue");
    const [draft = "", proposed = "", ...published] = names;
    await packages.waitForReason(draft, "Draft");
    await packages.waitForReason(proposed, "Proposed");
    for (const name of published) await packages.waitForReason(name, "Published");
    const after = (await snapshot()) as { lifecycle?: string }[];
    // A wish to delete is not in Git, and so not restored.
    expect(after).toEqual(
      (before as typeof after).map((one) => ({
        ...one,
        ...(one.lifecycle === "deletionProposed" && { lifecycle: "published" }),
      })),
    );
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(env.git, "blue")).toBe(pushes);
  });

  it("deleting the namespace changes nothing in Git, and nothing holds it up", async () => {
    const deletionProposed = names[3] ?? "";
    await packages.setLifecycle(deletionProposed, "deletionProposed");
    await packages.waitForReason(deletionProposed, "DeletionProposed");
    const refs = await git("for-each-ref");
    const pushes = countPushes(env.git, "blue");
    await env.as("admin")("delete", "namespace", env.namespace, "--wait=false");
    // What the namespace controller would do, which this control plane has not.
    for (const kind of ["packagerevisionresourceses", "packagerevisions", "repositories"]) {
      await packages.request("admin", "delete", kind);
    }
    await waitUntil("all objects are gone", async () => (await env.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "");
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(env.git, "blue")).toBe(pushes);
  });
});
