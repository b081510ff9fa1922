import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyManifests } from "../../harness/install.ts";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitForPolicies } from "../../harness/policies.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { readHealth } from "../../testenv/health.ts";
import { type OwnControlPlane, startOwnControlPlane } from "../../testenv/own-control-plane.ts";
import { createPackages, nameOf, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { expectBack, expectWholeOrUntouched, holdPublication } from "./held-publications.ts";

const REVISIONS_CRD = "packagerevisions.pkg.pkgserver.dev";
const CRDS = [
  "repositories.config.pkg.pkgserver.dev",
  REVISIONS_CRD,
  "packagerevisionresourceses.pkg.pkgserver.dev",
] as const;
const FILES = { "a.yaml": "a: 1\n" };

let own: OwnControlPlane;
let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  own = await startOwnControlPlane("definitions");
  env = await startTestEnv("definitions", { controlPlane: own.provided });
  packages = await createPackages(env);
});

afterAll(async () => {
  await env?.end();
  await own?.end();
});

const admin = () => kubectlAs(own.provided, "admin");

async function deleteCrds(...names: readonly string[]): Promise<void> {
  await admin()("delete", "crd", ...names, "--wait=false");
}

async function waitUntilCrdsAreGone(...names: readonly string[]): Promise<void> {
  const left = () => admin()("get", "crd", ...names, "--ignore-not-found", "--output=name");
  await waitUntil("no CRD is left Terminating", left, { until: (text) => text === "" });
}

async function applyCrds(): Promise<void> {
  await applyManifests(admin());
  await waitForPolicies(admin());
}

async function waitUntilReady(): Promise<void> {
  await waitUntil("the operator is ready", async () => (await readHealth(env)).ready === 200);
}

describe("CRDs that are deleted in the middle of a publication", () => {
  it("leave Git untouched or with the whole publication; applied again, everything is restored", async () => {
    const held = await Promise.all(
      (["before", "after"] as const).map((at) => holdPublication(env, packages, `crd-${at}`, at)),
    );
    await deleteCrds(...CRDS);
    await Promise.all(held.map(({ hold }) => hold.release()));
    await waitUntilCrdsAreGone(...CRDS);
    const done = await Promise.all(held.map((one) => expectWholeOrUntouched(env, one)));
    expect(done[1]).toBe(true);
    await waitUntil("the operator reports that it cannot work", async () => await readHealth(env), {
      until: ({ alive, ready }) => alive === 200 && ready === 503,
    });

    await applyCrds();
    for (const [index, one] of held.entries()) {
      await env.register(one.repository);
      await expectBack(env, packages, one, done[index] ?? false);
    }
    await waitUntilReady();
  });
});

describe("the CRD of package revisions, deleted while namespace and Repository stay", () => {
  it("keeps branches and tags of all its objects; applied again, these are restored", async () => {
    const id = (name: string) => ({ repository: "crd-alone", package: name, workspace: "one" });
    await env.git.createRepository("crd-alone");
    await env.register("crd-alone");
    const git = createGitReader(env.git, "crd-alone");
    await packages.createDraft(id("draft"), FILES);
    await packages.propose(await packages.createDraft(id("proposal"), FILES));
    const { metadata } = await packages.createPublished(id("leaving"), FILES);
    await packages.setLifecycle(metadata.name, "deletionProposed");
    await packages.waitForReason(metadata.name, "DeletionProposed");
    const refs = await git("for-each-ref");

    await deleteCrds(REVISIONS_CRD);
    await waitUntilCrdsAreGone(REVISIONS_CRD);
    expect(await git("for-each-ref")).toBe(refs);

    await applyCrds();
    await waitUntilReady();
    await packages.waitForReason(nameOf(id("draft")), "Draft");
    await packages.waitForReason(nameOf(id("proposal")), "Proposed");
    await packages.waitForReason(metadata.name, "Published");
    expect(await git("for-each-ref")).toBe(refs);
  });
});
