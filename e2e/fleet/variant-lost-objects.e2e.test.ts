import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { countPushes, createGitReader } from "../testenv/git-reader.ts";
import { testWithVariants } from "./fixtures.ts";

// Two environments, since the namespace of the second one is deleted.
const it = testWithVariants("variant-lost");
const namespaceTest = testWithVariants("variant-space");

const ID = { repository: "catalog", package: "shop" };
const SPEC = { upstream: ID, downstream: { target: "edge1", repository: "deployments", package: "shop" } };

type Fixtures = Parameters<Parameters<typeof it.beforeAll>[0]>[0];

/** A variant with a published revision, and the draft of another one. Returns their names. */
async function arrange({ env, packages, variants }: Pick<Fixtures, "env" | "packages" | "variants">) {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await packages.createPublished({ ...ID, workspace: "one" }, { "a.yaml": "kind: A\n" });
  await variants.create("shop", SPEC);
  const published = (await variants.waitForReason("shop", "DraftReady")).status?.draft ?? "";
  await packages.publish(published);
  await variants.waitForReason("shop", "Published");
  const other = { ...SPEC, downstream: { ...SPEC.downstream, package: "other" } };
  await variants.create("other", other);
  const draft = (await variants.waitForReason("other", "DraftReady")).status?.draft ?? "";
  return { published, draft };
}

async function unregister({ env, packages, variants }: Pick<Fixtures, "env" | "packages" | "variants">) {
  await packages.request("carol", "delete", "repositories/deployments");
  await variants.waitForReason("shop", "RepositoryNotFound");
  await waitUntil("the Repository is gone", async () => await env.as("admin")("get", "pkgrepo", "-o", "name"), {
    until: (names) => !names.includes("/deployments"),
  });
}

describe("a PackageVariant", () => {
  it("changes nothing in Git when its Repository goes, and knows what it had when that is back", async ({
    env,
    packages,
    variants,
  }) => {
    const { published, draft } = await arrange({ env, packages, variants });
    const git = createGitReader(env.git, "deployments");
    const refs = await git("for-each-ref");
    const pushes = countPushes(env.git, "deployments");
    await unregister({ env, packages, variants });
    await env.register("deployments", { deployment: true });
    expect((await variants.waitForReason("shop", "Published")).status).toMatchObject({ published });
    // Nobody knows any more whether a person has edited the draft: it is not replaced.
    expect((await variants.waitForReason("other", "DraftReady")).status).toMatchObject({ draft });
    await variants.change("other", { packageContext: { inputs: [{ kind: "A" }] } });
    await variants.waitForReason("other", "DraftEdited");
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(env.git, "deployments")).toBe(pushes);

    // Nor does its deletion change anything once its Repository is gone.
    await unregister({ env, packages, variants });
    await variants.delete("shop");
    await variants.waitUntilGone("shop");
    expect(await git("for-each-ref")).toBe(refs);
    await env.register("deployments", { deployment: true });
    await packages.waitForReason(published, "Published");
  });

  namespaceTest("changes nothing in Git when its namespace goes", async ({ env, packages, variants }) => {
    await arrange({ env, packages, variants });
    const git = createGitReader(env.git, "deployments");
    const refs = await git("for-each-ref");
    await env.as("admin")("delete", "namespace", env.namespace, "--wait=false");
    // As the namespace controller would do: this control plane has none.
    for (const kind of ["packagevariants", "packagerevisionresourceses", "packagerevisions", "repositories"]) {
      await packages.request("admin", "delete", kind);
    }
    const left = async () => await env.as("admin")("get", "pkgvar,pkgrepo,pkgrev,pkgres");
    await waitUntil("all objects are gone", left, { until: (text) => text === "" });
    expect(await git("for-each-ref")).toBe(refs);
  });
});
