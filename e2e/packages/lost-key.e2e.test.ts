import { describe, expect } from "vitest";
import { startOperator } from "../harness/operator.ts";
import { waitUntil } from "../harness/wait.ts";
import { createApiClient } from "../testenv/api-client.ts";
import { type Fixtures, testWithIsolatedEnv } from "../testenv/fixtures.ts";
import { needs } from "../testenv/needs.ts";
import {
  createVerifier,
  readSigners,
  readSigningKey,
  rotateSigningKey,
  secretLinesOf,
  writeSigners,
} from "../testenv/signers.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { register, registerAgain } from "./four-eyes.ts";

const KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: web\n";
const files = (value: number) => ({ "a.yaml": `a: ${value}\n`, "sub/b.yaml": "b: 1\n" });
const id = (repository: string, workspace: string) => ({ repository, package: "web", workspace });

/** What a key has signed: a revision, a proposal and a draft. */
async function createPackages({ env, packages }: Fixtures, repository: string) {
  await register(env, repository);
  const labels = { metadata: { labels: { team: "net" } } };
  const { metadata, status } = await packages.createPublished(id(repository, "one"), files(1), labels);
  const proposed = await packages.createDraft(id(repository, "two"), files(2));
  await packages.propose(proposed);
  const draft = await packages.createDraft(id(repository, "three"), files(3));
  const { contentDigest, publishTimestamp } = status ?? {};
  return { published: metadata.name, proposed, draft, record: { contentDigest, publishTimestamp, revision: "v1" } };
}

/** The lines of the public keys that the operator publishes, and its private key as a secret that must not leak. */
async function readKeys(env: TestEnv): Promise<readonly string[]> {
  const requestAs = await createApiClient(env.controlPlane);
  for (const line of secretLinesOf(await readSigningKey(requestAs, env.namespace))) env.registerSecret(line);
  return (await readSigners(requestAs, env.namespace)).trimEnd().split("\n");
}

/** Waits until the provenance of an object's tag or branch is known to be this. */
const waitForProvenance = async ({ env }: Fixtures, name: string, provenance: "Operator" | "External") =>
  await env.waitFor(name, `is ${provenance}`, ({ status }) => status?.provenance === provenance);

/** An approval of a proposal whose record does not count makes a draft of it, and publishes nothing. */
async function approveInVain({ packages }: Fixtures, name: string): Promise<void> {
  await packages.approve(name);
  const { spec, status } = await packages.waitForReason(name, "ProposalVoided");
  expect([spec.lifecycle, status?.lifecycle, status?.proposal]).toEqual(["draft", "draft", undefined]);
}

const it = testWithIsolatedEnv("lost-key");

describe(...needs("MutatingAdmissionPolicy", "a signing key that is lost with its allowed signers"), () => {
  it("takes no package with it: all of them are External, until the ConfigMap is back", async ({ env, packages }) => {
    const fixtures = { env, packages };
    const kept = await createPackages(fixtures, "kept");
    const rebuilt = await createPackages(fixtures, "rebuilt");
    const before = await readKeys(env);
    await env.operator.stop();
    const admin = env.as("admin");
    await admin("delete", "secret/pkgserver-signing-key", "configmap/pkgserver-allowed-signers");
    env.operator = await startOperator(env.operatorSpec);
    const after = await readKeys(env);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);

    // Objects that the cluster still has.
    for (const name of [kept.published, kept.proposed, kept.draft]) await waitForProvenance(fixtures, name, "External");
    const shown = await packages.waitForReason(kept.published, "Published");
    expect(shown.status).toMatchObject(kept.record);
    expect(shown.status).not.toHaveProperty("publishedBy");
    await packages.waitForReason(kept.draft, "Draft");
    await approveInVain(fixtures, kept.proposed);

    // Objects that are read from Git alone.
    await registerAgain(env, packages, "rebuilt");
    const tag = await packages.waitForReason("catalog.rebuilt.web.v1", "Published");
    expect(tag.status).toMatchObject({ ...rebuilt.record, provenance: "External" });
    expect(tag.status).not.toHaveProperty("publishedBy");
    expect(tag.metadata.labels).not.toHaveProperty("team");
    for (const name of [rebuilt.proposed, rebuilt.draft]) {
      const { spec, status } = await packages.waitForReason(name, "Draft");
      expect(status).toMatchObject({ lifecycle: "draft", provenance: "External" });
      expect([spec.lifecycle, status?.proposal]).toEqual(["draft", undefined]);
    }
    const names = [kept, rebuilt].map((one) => [one.published, one.proposed, one.draft]);
    const expected = names.flat().map((name) => (name === rebuilt.published ? tag.metadata.name : name));
    expect((await env.revisions()).map(({ metadata }) => metadata.name).sort()).toEqual(expected.sort());
    const readAll = async () =>
      await Promise.all(
        ["catalog.rebuilt.web.v1", kept.published, kept.proposed, rebuilt.proposed, kept.draft, rebuilt.draft].map(
          async (name) => (await packages.contents(name)).spec.resources,
        ),
      );
    const all = [1, 1, 2, 2, 3, 3].map(files);
    expect(await readAll()).toEqual(all);

    // From a copy, as the administrator has it: without the key of the meantime, which the operator adds again.
    await writeSigners(env, `${before.join("\n")}\n`);
    for (const name of [kept.published, tag.metadata.name]) {
      const { status } = await waitForProvenance(fixtures, name, "Operator");
      expect(status).toMatchObject({ revision: "v1", publishedBy: "bob" });
    }
    for (const { proposed, draft } of [kept, rebuilt]) {
      for (const name of [proposed, draft]) await waitForProvenance(fixtures, name, "Operator");
    }
    await waitUntil("both keys are known", async () => await readKeys(env), {
      until: (lines) => lines.toSorted().join() === [...before, ...after].toSorted().join(),
    });
    expect(await readAll()).toEqual(all);
    await packages.propose(rebuilt.proposed);
    await packages.publish(rebuilt.proposed);
  });
});

describe(...needs("MutatingAdmissionPolicy", "a stolen signing key"), () => {
  it("counts no more once it is rotated and its line removed: neither do its approvals and proposals", async ({
    env,
    packages,
    onTestFinished,
  }) => {
    const fixtures = { env, packages };
    const { published, proposed, draft, record } = await createPackages(fixtures, "open");
    await env.git.createRepository("verified", { seed: { "readme.md": "all\n" } });
    await env.register("verified", { verification: { mode: "Tag" } });
    await packages.createPublished(id("verified", "one"), files(1));
    await readKeys(env);
    for (const name of ["open", "verified"]) {
      const listed = await env.git.git(name, "rev-list", "--all");
      const tags = await env.git.git(name, "for-each-ref", "--format=%(objectname)", "refs/tags");
      env.ledger.recordForgeries([...listed.trim().split("\n"), ...tags.trim().split("\n")]);
    }
    const rotated = await rotateSigningKey(env);
    await writeSigners(env, "");

    const { status } = await waitForProvenance(fixtures, published, "External");
    expect(status).toMatchObject({ ...record, lifecycle: "published" });
    expect(status).not.toHaveProperty("publishedBy");
    for (const name of [proposed, draft]) await waitForProvenance(fixtures, name, "External");
    await approveInVain(fixtures, proposed);
    await packages.waitForReason("catalog.verified.web.one", "NotVerified");
    await waitUntil("the tag is listed as skipped", async () => (await env.repository("verified")).status?.skipped, {
      until: (skipped) =>
        skipped?.map(({ ref, reason }) => `${ref} ${reason}`).join() === "refs/tags/web/v1 NotVerified",
    });
    for (const [name, value] of [
      [published, 1],
      [proposed, 2],
      [draft, 3],
      ["catalog.verified.web.one", 1],
    ] as const) {
      expect((await packages.contents(name)).spec.resources).toEqual(files(value));
    }

    expect((await packages.publish(proposed)).status).toMatchObject({
      revision: "v2",
      provenance: "Operator",
      publishedBy: "bob",
    });
    const other = await packages.createPublished({ ...id("verified", "one"), package: "dns" }, files(4));
    expect(other.status).toMatchObject({ revision: "v1", provenance: "Operator", publishedBy: "bob" });
    const signers = await readKeys(env);
    expect(signers).toEqual([rotated]);
    const verify = await createVerifier(env.git, "open", `${rotated}\n`, onTestFinished);
    await verify("verify-tag", "web/v2");
    await expect(verify("verify-tag", "web/v1")).rejects.toThrow();
  });
});

describe(...needs("MutatingAdmissionPolicy", "a user who edited a draft before its key was stolen"), () => {
  it("does not approve it as a new object, whose record does not count: nobody does", async ({ env, packages }) => {
    await register(env, "former");
    const name = await packages.createDraft(id("former", "one"), { Kptfile: KPTFILE });
    await packages.save(name, { "a.yaml": "carol's\n" }, "carol");
    const { uid } = (await packages.get(name)).metadata;
    await readKeys(env);
    env.ledger.recordForgeries((await env.git.git("former", "rev-list", "--all")).trim().split("\n"));
    await rotateSigningKey(env);
    await writeSigners(env, "");
    await waitForProvenance({ env, packages }, name, "External");
    await packages.delete(name, "carol");
    await waitUntil(`${name} is a new object`, async () => await env.revisions(), {
      until: (all) => all.some(({ metadata }) => metadata.name === name && metadata.uid !== uid),
    });
    await packages.waitForReason(name, "Draft");
    await packages.propose(name, "alice");
    for (const by of ["carol", "bob"] as const) {
      await packages.approve(name, by);
      expect((await packages.waitForReason(name, "FourEyes")).status?.lifecycle).toBe("proposed");
      await packages.setLifecycle(name, "proposed", by);
      await packages.waitForReason(name, "Proposed");
    }
  });
});
