import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { countPushes, type GitLook, lookAt } from "../testenv/git-snapshot.ts";
import { nameOf, openPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let world: TestEnv;
let packages: Packages;
let git: GitLook;

const id = (name: string) => ({ target: "catalog", repository: "blue", package: name, workspace: "one" });
const KINDS = ["draft", "proposed", "published", "deletionProposed"] as const;
const names = KINDS.map((kind) => nameOf(id(kind.toLowerCase())));

beforeAll(async () => {
  world = await startTestEnv("delcluster");
  packages = await openPackages(world);
  await world.git.createRepository("blue");
  await world.register("blue");
  git = lookAt(world.git, "blue");
  const metadata = { labels: { team: "edge" } };
  await Promise.all(
    KINDS.map((kind) => packages.draft(id(kind.toLowerCase()), { "a.yaml": `${kind}\n` }, { metadata })),
  );
  const [, proposed = "", published = "", deletionProposed = ""] = names;
  await packages.propose(proposed);
  await packages.publish(published);
  await packages.publish(deletionProposed);
  await packages.wish(deletionProposed, "deletionProposed");
  await packages.waitForReason(deletionProposed, "DeletionProposed");
});

afterAll(async () => {
  await world.end();
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
    const pushes = countPushes(world.git, "blue");
    await packages.ask("carol", "delete", "repositories/blue");
    await waitUntil(
      "the Repository is gone",
      async () => (await world.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "",
    );
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(world.git, "blue")).toBe(pushes);

    await world.register("blue");
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
    expect(countPushes(world.git, "blue")).toBe(pushes);
  });

  it("deleting the namespace changes nothing in Git, and nothing holds it up", async () => {
    const deletionProposed = names[3] ?? "";
    await packages.wish(deletionProposed, "deletionProposed");
    await packages.waitForReason(deletionProposed, "DeletionProposed");
    const refs = await git("for-each-ref");
    const pushes = countPushes(world.git, "blue");
    await world.as("admin")("delete", "namespace", world.namespace, "--wait=false");
    // What the namespace controller would do, which this control plane has not.
    for (const kind of ["packagerevisionresourceses", "packagerevisions", "repositories"]) {
      await packages.ask("admin", "delete", kind);
    }
    await waitUntil(
      "all objects are gone",
      async () => (await world.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "",
    );
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(world.git, "blue")).toBe(pushes);
  });
});
