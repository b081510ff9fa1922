import { describe, expect } from "vitest";
import { LABEL_LATEST } from "../../../src/api/v1alpha1/well-known.ts";
import type { OperatorProcess } from "../../harness/operator.ts";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createApiClient } from "../../testenv/api-client.ts";
import { testWithIsolatedEnv } from "../../testenv/fixtures.ts";
import { findOwner, startReplica, waitForReplicas } from "../../testenv/replicas.ts";
import { createVerifier, readSigners, readSigningKey, rotateSigningKey, secretLinesOf } from "../../testenv/signers.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

/** Of two replicas, one owns none of so many names in one of 2^63 runs. */
const NAMES = Array.from({ length: 64 }, (_, index) => `team-${index}`);

const id = (repository: string, workspace: string) => ({ repository, package: "web", workspace });
const nameIn = (repository: string, workspace: string) => `catalog.${repository}.web.${workspace}`;

/** Registers a repository that this one of the replicas owns. */
async function registerFor(env: TestEnv, replica: OperatorProcess, replicas: readonly OperatorProcess[]) {
  for (const name of NAMES) {
    if ((await findOwner(env, name, replicas)) !== replica) continue;
    await env.git.createRepository(name);
    await env.register(name);
    return name;
  }
  throw new Error(`replica ${replica.ref.pid} owns none of ${NAMES.length} repositories`);
}

/** The package revisions that a replica has pushed, from its log. */
const pushedBy = async (replica: OperatorProcess) =>
  new Set(
    (await replica.log()).filter(({ msg }) => msg === "pushed").map(({ object }) => String(object).split("/")[1]),
  );

const it = testWithIsolatedEnv("rotation", { operator: { leaseDuration: "8s" } }).extend(
  "second",
  async ({ env }, { onCleanup }) => {
    const second = await startReplica(env);
    onCleanup(async () => {
      if (isRunning(second.ref)) await second.stop();
    });
    await waitForReplicas(env, [env.operator, second]);
    return second;
  },
);

describe("a signing key whose value in the Secret is replaced", () => {
  it("is followed by two replicas without a restart; each knows what both have signed with either key", async ({
    env,
    packages,
    second,
    onTestFinished,
  }) => {
    const requestAs = await createApiClient(env.controlPlane);
    const replicas = [env.operator, second];
    const repositories = await Promise.all(replicas.map((replica) => registerFor(env, replica, replicas)));
    const [, ofSecond = ""] = repositories;
    const publish = async (repository: string) => await packages.createPublished(id(repository, "one"), { a: "1\n" });
    await Promise.all(repositories.map(publish));
    const before = await readSigners(requestAs, env.namespace);
    for (const line of secretLinesOf(await readSigningKey(requestAs, env.namespace))) env.registerSecret(line);
    const rotated = `${await rotateSigningKey(env)}\n`;
    const isSignedAnew = async (repository: string, command: "verify-commit" | "verify-tag", ref: string) =>
      await (await createVerifier(env.git, repository, rotated, onTestFinished))(command, ref);

    const edits = repositories.map(async (repository) => {
      const draft = await packages.createDraft(id(repository, "two"), { a: "0\n" });
      let count = 0;
      const edit = async () => {
        await packages.save(draft, { a: `${++count}\n` });
        await isSignedAnew(repository, "verify-commit", "web/two");
        return true;
      };
      await waitUntil(`the owner of ${repository} signs with the new key`, edit, { intervalMs: 1_000 });
      await packages.publish(draft);
    });
    await Promise.all(edits);

    const signers = await readSigners(requestAs, env.namespace);
    expect(signers).toBe(`${before}${rotated}`);
    for (const [index, repository] of repositories.entries()) {
      const verify = await createVerifier(env.git, repository, signers, onTestFinished);
      for (const tag of ["web/v1", "web/v2"]) await verify("verify-tag", tag);
      await isSignedAnew(repository, "verify-tag", "web/v2");
      await expect(isSignedAnew(repository, "verify-tag", "web/v1")).rejects.toThrow();
      const names = ["one", "two"].map((workspace) => nameIn(repository, workspace));
      for (const name of names) {
        expect((await packages.get(name)).status).toMatchObject({ provenance: "Operator", publishedBy: "bob" });
      }
      const owner = replicas[index] ?? second;
      expect([...(await pushedBy(owner))].filter((name) => name?.startsWith("catalog.")).sort()).toEqual(names);
    }

    // The other replica reads what this one has signed.
    await second.stop();
    await waitForReplicas(env, [env.operator]);
    const next = await packages.createPublished(id(ofSecond, "three"), { a: "3\n" });
    expect(next.status).toMatchObject({ revision: "v3", provenance: "Operator" });
    await packages.waitFor(nameIn(ofSecond, "two"), "is not the latest any more", ({ metadata }) => {
      return metadata.labels?.[LABEL_LATEST] === undefined;
    });
    for (const workspace of ["one", "two"]) {
      const { status } = await packages.waitForReason(nameIn(ofSecond, workspace), "Published");
      expect(status).toMatchObject({ provenance: "Operator", publishedBy: "bob" });
    }
  });
});
