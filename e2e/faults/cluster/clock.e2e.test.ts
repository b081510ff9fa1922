import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOperator } from "../../harness/operator.ts";
import { isRunning, signalProcess } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

const HOUR_MS = 3_600_000;

let dir: string;
let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-clock-"));
  await writeFile(join(dir, "offset"), String(HOUR_MS));
  const preload = pathToFileURL(join(import.meta.dirname, "shifted-clock.ts"));
  preload.searchParams.set("file", join(dir, "offset"));
  env = await startTestEnv("clock", {
    operator: {
      program: {
        file: join(import.meta.dirname, "..", "..", "..", "src", "main.ts"),
        nodeOptions: `--import=${preload.href}`,
      },
    },
  });
  packages = await createPackages(env);
  await env.git.createRepository("plain");
  await env.register("plain", { sync: { interval: "1s" } });
});

afterAll(async () => {
  await env?.end();
  await rm(dir, { recursive: true, force: true });
});

/** Sets the operator's clock, while it runs. */
async function setClock(offsetMs: number): Promise<void> {
  await writeFile(join(dir, "offset"), String(offsetMs));
  signalProcess(env.operator.ref, "SIGUSR2");
  const aside = async () => {
    const last = (await env.operator.log()).findLast((line) => line.ts !== undefined);
    return Math.abs(Date.parse(String(last?.ts)) - Date.now() - offsetMs) < HOUR_MS / 2;
  };
  await waitUntil("its log has the new time", aside);
}

/** Ahead, behind, and ahead again. */
const OFFSETS = [HOUR_MS, -HOUR_MS, HOUR_MS];

/** Discovers a package, and publishes revision `number` of another one. */
async function discoverAndPublish(offset: number, number: number): Promise<void> {
  // The interval of one second is measured without the clock.
  const found = `found${number}`;
  await pushExternally(env.git, "plain", { files: { [`${found}/a.yaml`]: "a: 1\n" }, tags: [`${found}/v1`] });
  await packages.waitForReason(`catalog.plain.${found}.v1`, "Published");

  const files = { "a.yaml": `a: ${number}\n` };
  const name = await packages.createDraft({ repository: "plain", package: "web", workspace: `ws${number}` }, files);
  await packages.propose(name);
  const { status, metadata } = await packages.publish(name);
  expect(status?.revision).toBe(`v${number}`);
  expect(metadata.labels?.["pkg.pkgserver.dev/latest"]).toBe("true");
  // Timestamps are of the operator's clock, right or wrong.
  expect(Math.abs(Date.parse(status?.publishTimestamp ?? "") - Date.now() - offset)).toBeLessThan(HOUR_MS / 2);
  expect(await createGitReader(env.git, "plain").files("main", "web")).toEqual(files);
}

describe("a clock that is wrong", () => {
  it("changes no order: syncs and publications continue through jumps, each revision on the one before", async () => {
    const { ref } = env.operator;
    for (const [index, offset] of OFFSETS.entries()) {
      await setClock(offset);
      await discoverAndPublish(offset, index + 1);
      expect(isRunning(ref)).toBe(true);
    }
    const latest = (await env.revisions()).filter(
      ({ metadata, spec }) =>
        spec.packageRevID.package === "web" && metadata.labels?.["pkg.pkgserver.dev/latest"] !== undefined,
    );
    expect(latest.map(({ status }) => status?.revision)).toEqual(["v3"]);
    const log = await createGitReader(env.git, "plain")("log", "--format=%s", "--grep=^Publish web", "main");
    expect(log.split("\n")).toEqual(["Publish web v3", "Publish web v2", "Publish web v1"]);
  });

  it("does not affect the Lease: an operator with the right clock takes over from one that is ahead", async () => {
    const { operator } = env;
    const { program: _, ...rightful } = env.operatorSpec;
    const lease = async () => {
      const { metadata } = await env.as("admin").getJson<{ metadata: { resourceVersion: string } }>("lease/pkgserver");
      return metadata.resourceVersion;
    };
    const versions = new Set<string>();
    await waitUntil("the Lease is renewed a few times", async () => versions.add(await lease()).size > 3);
    expect(isRunning(operator.ref)).toBe(true);
    await operator.kill();
    const other = { ...rightful, dir: join(dir, "other") };
    env.operator = await startOperator(other);
    const name = await packages.createDraft(
      { repository: "plain", package: "after", workspace: "one" },
      { "a.yaml": "a: 4\n" },
    );
    expect((await packages.publish(name)).status?.revision).toBe("v1");
  });
});
