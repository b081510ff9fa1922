import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { runGit } from "../../harness/git-command.ts";
import { openInspector } from "../../harness/inspector.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { monitorEventLoop } from "../../testenv/loop-watch.ts";

const N = Number(process.env.N ?? 2000);
const LONG = { timeoutMs: 900_000, intervalMs: 1000 };
const it = testWithEnv("many");
const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;

it("scratch", { timeout: 3_000_000 }, async ({ env }) => {
  const watch = await monitorEventLoop(env.operator);
  const inspector = await openInspector(env.operator);
  await inspector.send("Profiler.enable");
  await inspector.send("Profiler.setSamplingInterval", { interval: 1000 });
  const prof = async (name: string, work: () => Promise<void>) => {
    await inspector.send("Profiler.start");
    await work();
    const { profile } = await inspector.send<{ profile: object }>("Profiler.stop");
    writeFileSync(`/tmp/w/sc/${name}.cpuprofile`, JSON.stringify(profile));
  };
  const step = async <T>(name: string, work: () => Promise<T>) => {
    await watch.longestMs();
    const w = performance.now();
    await prof(name, work as never);
    console.log(name, "longest", Math.round(await watch.longestMs()), "wall", Math.round(performance.now() - w));
  };
  for (const name of ["one", "two"]) {
    const dir = await env.git.createRepository(name);
    const person = "E <e@e.example> 1767225600 +0000";
    let s = `commit refs/heads/main\nmark :1\ncommitter ${person}\n${data("m")}from refs/heads/main^0\nM 100644 inline dns/a.yaml\n${data("a: 1")}\n`;
    for (let i = 0; i < N; i++) s += `tag dns/v${i + 1}\nfrom :1\ntagger ${person}\n${data("t")}`;
    await runGit(dir, ["fast-import", "--quiet"], { input: s });
    await runGit(dir, ["pack-refs", "--all"]);
  }
  await step("register", async () => {
    await Promise.all(["one", "two"].map((name) => env.applyRepository(name, { contents: "Latest" })));
    await waitUntil(
      "all",
      async () => {
        const all = await env.revisions();
        console.log(
          all.length,
          all.filter((r) => r.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True")).length,
          Math.round(await watch.longestMs()),
        );
        return all.filter((r) => r.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True")).length;
      },
      { ...LONG, intervalMs: 5000, until: (n) => n === 2 * N },
    );
  });
  await step("sync", async () => void (await env.sync("one")));
  await step("delete", async () => {
    await env.as("admin")("delete", "repositories", "one", "two", "--wait=false");
    await waitUntil(
      "gone",
      async () => {
        const n = (await env.revisions()).length;
        console.log(n, Math.round(await watch.longestMs()));
        return n;
      },
      { ...LONG, intervalMs: 5000, until: (n) => n === 0 },
    );
  });
  expect(1).toBe(1);
});
