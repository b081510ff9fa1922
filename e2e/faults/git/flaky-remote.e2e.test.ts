import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSeed } from "../../../src/core/testing/seeded.ts";
import { waitUntil } from "../../harness/wait.ts";
import { checkInvariants } from "../../invariants/check-testenv.ts";
import { listRefs } from "../../testenv/external-push.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../../testenv/faulty-proxy.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { drawFaults, TRANSIENT_FAULTS } from "../../testenv/seeded-faults.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

const SEED = readSeed(4711);
/** The share of requests that fail: every second push or list then fails, and more of the fetches. */
const RATE = 0.27;
const NAMES = Array.from({ length: 10 }, (_, at) => `pkg-${at}`);
const PATIENCE = { timeoutMs: 400_000 };

let env: TestEnv;
let packages: Packages;
let proxy: FaultyProxy;
let git: GitReader;

beforeAll(async () => {
  env = await startTestEnv("flaky");
  packages = await createPackages(env);
  proxy = await startFaultyProxy(env.git);
  await env.git.createRepository("plain");
  git = createGitReader(env.git, "plain");
  await env.register("plain", { sync: { interval: "5s" } }, { url: proxy.url("plain") });
});

afterAll(async () => {
  await env?.end();
  await proxy?.close();
});

const isDeleted = (name: string) => NAMES.indexOf(name) % 3 === 2;
const objectOf = (name: string) => `catalog.plain.${name}.one`;

/** Waits with a limit for many failing pushes. */
async function waitForReason(name: string, reason: string): Promise<void> {
  const isThere = async () =>
    (await packages.get(name)).status?.conditions?.some((one) => one.type === "Ready" && one.reason === reason);
  await waitUntil(`${name} is ${reason}`, isThere, PATIENCE);
}

async function save(name: string, text: string): Promise<void> {
  const { metadata } = await packages.edit(name, { "a.yaml": text });
  const acknowledged = async () => (await packages.contents(name)).status?.observedGeneration;
  await waitUntil(`the edit of ${name} is acknowledged`, acknowledged, {
    ...PATIENCE,
    until: (generation) => (generation ?? 0) >= (metadata.generation ?? 0),
  });
}

async function publishOnce(name: string): Promise<void> {
  const object = await packages.create({ repository: "plain", package: name, workspace: "one" });
  await waitForReason(object, "Draft");
  await save(object, "a: 1\n");
  await save(object, "a: 2\n");
  await packages.setLifecycle(object, "proposed");
  await waitForReason(object, "Proposed");
  await packages.approve(object);
  await waitForReason(object, "Published");
  if (!isDeleted(name)) return;
  await packages.setLifecycle(object, "deletionProposed");
  await waitForReason(object, "DeletionProposed");
  await packages.delete(object, "bob");
  const names = async () => (await env.revisions()).map((one) => one.metadata.name);
  await waitUntil(`${object} is gone`, names, { ...PATIENCE, until: (all) => !all.includes(object) });
}

/** Waits until `status` reports that no list succeeds, and then that it does again. */
async function failEveryList(fault: Fault): Promise<void> {
  proxy.setFaults((purpose) => (purpose === "list" ? fault : undefined));
  await env.waitForRepository("plain", "ConnectionFailed");
  proxy.setFaults(() => undefined);
  await env.waitForRepository("plain", "Synced");
}

describe(`a remote of which half of git's commands fail (seed ${SEED})`, () => {
  beforeAll(async () => {
    proxy.setFaults(drawFaults(SEED, RATE));
    await Promise.all(NAMES.map(publishOnce));
    for (const fault of TRANSIENT_FAULTS) await failEveryList(fault);
  });

  it("has failed in every way, also with pushes that it accepted without a response", () => {
    const failures = proxy.failures();
    expect(new Set(failures.map(({ fault }) => fault))).toEqual(new Set(TRANSIENT_FAULTS));
    expect(new Set(failures.filter(({ purpose }) => purpose === "push").map(({ fault }) => fault))).toEqual(
      new Set(TRANSIENT_FAULTS),
    );
  });

  it("is reported in Events", async () => {
    const reasons = async () =>
      (await env.as("admin").getJson<{ items: { reason: string }[] }>("events")).items.map(({ reason }) => reason);
    await waitUntil("a failed sync is reported in an Event", async () =>
      (await reasons()).includes("ConnectionFailed"),
    );
  });

  it.each(NAMES)("%s has every step in Git exactly once", async (name) => {
    const tag = isDeleted(name) ? `${name}/deleted-v1` : `${name}/v1`;
    const subjects = async (ref: string) => (await git("log", "--reverse", "--format=%s", ref)).split("\n").slice(1);
    const steps = (await subjects(`refs/tags/${tag}`)).filter((subject) => subject.split(" ")[1] === name);
    expect(steps.map((subject) => subject.split(" ")[0])).toEqual(["Start", "Edit", "Edit", "Propose"]);
    const onMain = (await subjects("refs/heads/main")).filter((subject) => subject.split(" ")[1] === name);
    expect(onMain).toEqual([`Publish ${name} v1`, ...(isDeleted(name) ? [`Delete ${name} v1`] : [])]);
    expect(await git.files(`refs/tags/${tag}`, name)).toEqual({ "a.yaml": "a: 2\n" });
    if (isDeleted(name)) return;
    const { status } = await packages.get(objectOf(name));
    expect(status).toMatchObject({ lifecycle: "published", revision: "v1" });
    expect(await git("rev-parse", `refs/tags/${tag}^{commit}`)).toBe(status?.commit);
  });

  it("has a linear main and no other ref, and another sync writes nothing", async () => {
    const tags = NAMES.map((name) => `tags/${name}/${isDeleted(name) ? "deleted-v1" : "v1"}`);
    expect([...(await git.refs())].sort()).toEqual(tags.sort());
    expect(await git("rev-list", "--min-parents=2", "--count", "main")).toBe("0");
    await env.waitForRepository("plain", "Synced");
    // The proxy has the server's repositories.
    await checkInvariants({ ...env, git: { ...env.git, port: proxy.port } });
    const look = async () => [
      await listRefs(env.git, "plain"),
      (await env.revisions()).map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`),
    ];
    const before = await look();
    await env.sync("plain");
    expect(await look()).toEqual(before);
  });
});
