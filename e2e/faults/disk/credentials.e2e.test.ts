import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { waitUntil } from "../../harness/wait.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import type { Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const PACKAGES = ["held", ...Array.from({ length: 12 }, (_, index) => `waiting-${index}`)];

const drafts = new Map<string, string>();

const it = testWithEnv("rotation");

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("vault");
  // A long interval: no sync notices the change.
  await env.register("vault", { sync: { interval: "24h" } });
  const begin = async (name: string) =>
    drafts.set(
      name,
      await packages.createDraft({ repository: "vault", package: name, workspace: "one" }, { "a.yaml": "0\n" }),
    );
  await Promise.all(PACKAGES.map(begin));
});

const draftOf = (name: string) => drafts.get(name) ?? "";
const newPassword = () => `canary-${randomBytes(12).toString("hex")}`;
const writeSecret = async (env: TestEnv, password: string) =>
  await env.as("admin").applyYaml(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "git-auth" },
      type: "kubernetes.io/basic-auth",
      stringData: { username: "pkgserver", password },
    }),
  );
const editAll = async (packages: Packages, names: readonly string[], text: string) =>
  void (await Promise.all(names.map((name) => packages.edit(draftOf(name), { "a.yaml": text }))));
const allSaved = async ({ env, packages }: Fixtures, names: readonly string[], text: string) => {
  for (const name of names) {
    await packages.waitForAcknowledgement(draftOf(name));
    await packages.waitForReason(draftOf(name), "Draft");
    expect(await createGitReader(env.git, "vault").files(`refs/heads/${name}/one`, name)).toEqual({ "a.yaml": text });
  }
};
/** The number of requests with a password that the server has refused. */
const refused = (env: TestEnv) =>
  env.git.requests().filter(({ status, authorization }) => status === 401 && authorization).length;
/** The number of failed syncs of the Repository. */
const tries = async (env: TestEnv) =>
  (await env.operator.log()).filter(
    (line) => line.object === `${env.namespace}/vault` && String(line.msg).startsWith("reconcile failed"),
  ).length;

describe("a password that is rotated", () => {
  const [held = "", ...waiting] = PACKAGES;

  it("during a push does not stop it; later pushes are AuthenticationFailed until the Secret is updated", async ({
    env,
    packages,
  }) => {
    const push = await holdNextPush(env.git, "vault", "before");
    await packages.edit(draftOf(held), { "a.yaml": "1\n" });
    await push.reached();
    const password = newPassword();
    env.git.setPassword(password);
    await editAll(packages, waiting, "1\n");
    await push.release();
    await allSaved({ env, packages }, [held], "1\n");
    const reported = await Promise.all(
      waiting.map((name) => packages.waitForReason(draftOf(name), "AuthenticationFailed")),
    );
    for (const { status } of reported) expect(status?.conditions?.[0]?.message).toMatch(/refuses access/);
    await env.waitForRepository("vault", "AuthenticationFailed");
    await writeSecret(env, password);
    await allSaved({ env, packages }, waiting, "1\n");
    await env.waitForRepository("vault", "Synced");
  });

  it("is not retried for every waiting package, since hosts lock an account after many failures", async ({
    env,
    packages,
  }) => {
    const password = newPassword();
    env.git.setPassword(password);
    env.git.forgetRequests();
    const before = await tries(env);
    await editAll(packages, waiting, "2\n");
    await Promise.all(waiting.map((name) => packages.waitForReason(draftOf(name), "AuthenticationFailed")));
    await waitUntil("the Repository was tried six times", async () => (await tries(env)) >= before + 6);
    // One push that fails, and the Repository's own retries with backoff, each with a command of at most two requests.
    const own = (await tries(env)) - before + 2;
    expect(refused(env)).toBeGreaterThanOrEqual(own - 2);
    expect(refused(env)).toBeLessThanOrEqual(2 * own);
    await writeSecret(env, password);
    await allSaved({ env, packages }, waiting, "2\n");
  });
});

describe("a Secret that is deleted", () => {
  it("is no longer used, and work continues when it is created again", async ({ env, packages }) => {
    const password = newPassword();
    env.git.setPassword(password);
    await writeSecret(env, password);
    await env.waitForRepository("vault", "Synced");
    await env.as("admin")("delete", "secret", "git-auth");
    await env.waitForRepository("vault", "SecretNotFound");
    env.git.forgetRequests();
    await editAll(packages, PACKAGES, "3\n");
    await Promise.all(PACKAGES.map((name) => packages.waitForReason(draftOf(name), "AuthenticationFailed")));
    expect(env.git.requests().filter(({ authorization }) => authorization)).toEqual([]);
    await writeSecret(env, password);
    await allSaved({ env, packages }, PACKAGES, "3\n");
    await env.waitForRepository("vault", "Synced");
  });
});
