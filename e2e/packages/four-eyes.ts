import { expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import type { Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

/** A Repository with fourEyes and one file on main, which belongs to no package. */
export async function register(env: TestEnv, name: string): Promise<void> {
  await env.git.createRepository(name, { seed: { "readme.md": "all\n" } });
  await env.register(name, { approval: { fourEyes: true } });
}

/** Deletes the Repository, waits until its objects are gone, and registers it as before. */
export async function registerAgain(env: TestEnv, packages: Packages, name: string): Promise<void> {
  await packages.request("carol", "delete", `repositories/${name}`);
  await waitUntil("the objects of the Repository are gone", async () => await env.revisions(), {
    until: (all) => all.every(({ spec }) => spec.packageRevID.repository !== name),
  });
  const list = async () => await env.as("admin")("get", "repositories.config.pkg.pkgserver.dev", "-o", "name");
  await waitUntil("the Repository is gone", list, { until: (names) => !names.includes(`/${name}`) });
  await env.register(name, { approval: { fourEyes: true } });
}

/** carol cannot approve what she edited; bob can. */
export async function tryToApprove(packages: Packages, name: string): Promise<void> {
  await packages.propose(name, "alice");
  await packages.approve(name, "carol");
  const { status } = await packages.waitForReason(name, "FourEyes");
  expect(status?.lifecycle).toBe("proposed");
  await packages.setLifecycle(name, "proposed", "carol");
  await packages.waitForReason(name, "Proposed");
  await packages.approve(name);
  expect((await packages.waitForReason(name, "Published")).status).toMatchObject({ publishedBy: "bob" });
}
