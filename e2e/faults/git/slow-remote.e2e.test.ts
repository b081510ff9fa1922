import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { type Fault, type FaultyProxy, type Purpose, startFaultyProxy } from "../../testenv/faulty-proxy.ts";
import { findChildren } from "../../testenv/git-children.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import { createPackages, type PackageID, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

/** Long enough for a fast remote on a busy machine. */
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

/** A repository behind its own proxy, which is slow for requests of this purpose. */
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

/** Expects other repositories to work, and no git process to be left. */
async function expectOthersToWork(name: string, slow: string): Promise<void> {
  await packages.createPublished({ repository: "quick", package: name, workspace: "one" }, { "a.yaml": "a: 1\n" });
  const url = proxies.get(slow)?.url(slow) ?? "";
  await waitUntil("no git is left", () => findChildren(url).length === 0);
}

describe.concurrent("a remote that transfers a byte per second", () => {
  it.each([
    ["list", "git ls-remote did not end within 8 s"],
    ["fetch", "git fetch did not end within 9 s"],
  ] as const)("%s: is reported, and read without a request once it is fast again", async (purpose, words) => {
    const name = `slow-${purpose}`;
    const { proxy } = await arrange(name, purpose, "dripAnswer");
    const reported = await env.waitForRepository(name, "Timeout");
    expect(reported.status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Reconciling", "True"],
    ]);
    expect(messageOf(reported)).toBe(words);
    proxy.setFaults(() => undefined);
    await expectOthersToWork(purpose, name);
    await env.waitForRepository(name, "Synced");
    await packages.waitForReason(`catalog.${name}.web.v1`, "Published");
  });

  it("push: is reported by the package revision, and pushed once when the remote is fast again", async () => {
    const { git, proxy } = await arrange("slow-push", "push", "dripRequest");
    const name = await packages.create(id("slow-push"), { spec: { tasks: [{ type: "init" }] } });
    const reported = await packages.waitForReason(name, "Timeout");
    expect(reported.status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Reconciling", "True"],
    ]);
    expect(reported.status?.conditions?.[0]?.message).toBe("git push did not end within 10 s");
    expect(await git.refs()).toEqual(["tags/web/v1"]);
    // Reported after the first try. The second one may have begun.
    expect(proxy.failures().length).toBeLessThanOrEqual(2);
    proxy.setFaults(() => undefined);
    await expectOthersToWork("push", "slow-push");
    await packages.waitForReason(name, "Draft");
    expect(await git("log", "--format=%s", "net/one", "--not", "main")).toMatch(/^Start net \(one\)[^\n]*$/);
    expect((await packages.publish(name)).status?.revision).toBe("v1");
  });

  it("push with a slow response: its result is found at the time limit, and it is not repeated", async () => {
    const { git, proxy } = await arrange("slow-answer", "push", "dripAnswer");
    const name = await packages.create(id("slow-answer"));
    await packages.waitForReason(name, "Draft");
    expect(proxy.failures().length).toBe(1);
    expect(await git.count("net/one")).toBe((await git.count("main")) + 1);
  });
});
