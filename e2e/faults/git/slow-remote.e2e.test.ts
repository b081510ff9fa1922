import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { type Fault, type FaultyProxy, type Purpose, startFaultyProxy } from "../../testenv/faulty-proxy.ts";
import { findChildren } from "../../testenv/git-children.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import { createPackages, type PackageID, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

/** Long enough for what is not slow, on a machine with much else to do. */
const TIMEOUTS = { list: "8s", fetch: "9s", push: "10s" } as const;

let env: TestEnv;
let packages: Packages;
const proxies = new Map<string, FaultyProxy>();

beforeAll(async () => {
  env = await startTestEnv("slow", { operator: { gitTimeouts: TIMEOUTS } });
  packages = await createPackages(env);
  await env.git.createRepository("quick");
  await env.register("quick");
});

afterAll(async () => {
  await env?.end();
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
});

const id = (repository: string): PackageID => ({ repository, package: "net", workspace: "one" });
const messageOf = ({ status }: Pick<Repository, "status">) =>
  status?.conditions?.find((one) => one.type === "Ready")?.message;

/** A repository behind a proxy of its own that is slow for what has this purpose. */
async function arrange(name: string, purpose: Purpose, fault: Fault): Promise<{ git: GitReader; proxy: FaultyProxy }> {
  const proxy = await startFaultyProxy(env.git);
  proxies.set(name, proxy);
  await env.git.createRepository(name);
  await pushExternally(env.git, name, { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
  const slow = (is: Purpose) => (is === purpose ? fault : undefined);
  if (purpose !== "push") proxy.setFaults(slow);
  await env.applyRepository(name, { sync: { interval: "24h" } }, { url: proxy.url(name) });
  if (purpose === "push") {
    await env.waitForRepository(name, "Synced");
    proxy.setFaults(slow);
  }
  return { git: createGitReader(env.git, name), proxy };
}

/** Every other one goes on, and nothing that was ended is left. */
async function expectOthersToGoOn(name: string, slow: string): Promise<void> {
  await packages.createPublished({ repository: "quick", package: name, workspace: "one" }, { "a.yaml": "a: 1\n" });
  const url = proxies.get(slow)?.url(slow) ?? "";
  await waitUntil("no git is left", () => findChildren(url).length === 0);
}

describe.concurrent("a remote that sends or takes a byte a second", () => {
  it.each([
    ["list", "git ls-remote did not end within 8 s"],
    ["fetch", "git fetch did not end within 9 s"],
  ] as const)("%s: is told, and is read when it is quick again, with nobody doing anything", async (purpose, words) => {
    const name = `slow-${purpose}`;
    const { proxy } = await arrange(name, purpose, "dripAnswer");
    const told = await env.waitForRepository(name, "Timeout");
    expect(told.status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Reconciling", "True"],
    ]);
    expect(messageOf(told)).toBe(words);
    proxy.setFaults(() => undefined);
    await expectOthersToGoOn(purpose, name);
    await env.waitForRepository(name, "Synced");
    await packages.waitForReason(`catalog.${name}.web.v1`, "Published");
  });

  it("push: is told by the package revision, and is pushed once when it is quick again", async () => {
    const { git, proxy } = await arrange("slow-push", "push", "dripRequest");
    const name = await packages.create(id("slow-push"), { spec: { tasks: [{ type: "init" }] } });
    const told = await packages.waitForReason(name, "Timeout");
    expect(told.status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Reconciling", "True"],
    ]);
    expect(told.status?.conditions?.[0]?.message).toBe("git push did not end within 10 s");
    expect(await git.refs()).toEqual(["tags/web/v1"]);
    // Told after the first; the second, which comes by itself, may have begun by now.
    expect(proxy.failures().length).toBeLessThanOrEqual(2);
    proxy.setFaults(() => undefined);
    await expectOthersToGoOn("push", "slow-push");
    await packages.waitForReason(name, "Draft");
    expect(await git("log", "--format=%s", "net/one", "--not", "main")).toMatch(/^Start net \(one\)[^\n]*$/);
    expect((await packages.publish(name)).status?.revision).toBe("v1");
  });

  it("push that is taken and answered slowly: it is found at the limit, and not made again", async () => {
    const { git, proxy } = await arrange("slow-answer", "push", "dripAnswer");
    const name = await packages.create(id("slow-answer"));
    await packages.waitForReason(name, "Draft");
    expect(proxy.failures().length).toBe(1);
    expect(await git.count("net/one")).toBe((await git.count("main")) + 1);
  });
});
