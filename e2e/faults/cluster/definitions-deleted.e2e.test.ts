import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyManifests } from "../../harness/install.ts";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitForPolicies } from "../../harness/policies.ts";
import { waitUntil } from "../../harness/wait.ts";
import { readHealth } from "../../testenv/health.ts";
import { type OwnControlPlane, startOwnControlPlane } from "../../testenv/own-control-plane.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { expectBack, expectWholeOrUntouched, holdPublication } from "./held-publications.ts";

const CRDS = [
  "repositories.config.pkg.pkgserver.dev",
  "packagerevisions.pkg.pkgserver.dev",
  "packagerevisionresourceses.pkg.pkgserver.dev",
] as const;

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

describe("CRDs that are deleted in the middle of a publication", () => {
  it("leave Git as it was, or with all of it; applied again, everything is back", async () => {
    const held = await Promise.all(
      (["before", "after"] as const).map((at) => holdPublication(env, packages, `crd-${at}`, at)),
    );
    const admin = kubectlAs(own.provided, "admin");
    await admin("delete", "crd", ...CRDS, "--wait=false");
    await Promise.all(held.map(({ hold }) => hold.release()));
    const left = () => admin("get", "crd", ...CRDS, "--ignore-not-found", "--output=name");
    await waitUntil("nothing is left Terminating", left, { until: (names) => names === "" });
    const done = await Promise.all(held.map((one) => expectWholeOrUntouched(env, one)));
    expect(done[1]).toBe(true);
    await waitUntil("the operator says why it cannot work", async () => await readHealth(env), {
      until: ({ alive, ready }) => alive === 200 && ready === 503,
    });

    await applyManifests(admin);
    await waitForPolicies(admin);
    for (const [index, one] of held.entries()) {
      await env.register(one.repository);
      await expectBack(env, packages, one, done[index] ?? false);
    }
    await waitUntil("the operator is well", async () => (await readHealth(env)).ready === 200);
  });
});
