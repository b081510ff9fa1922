import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRepositories } from "../harness/git-repositories.ts";
import { waitUntil } from "../harness/wait.ts";
import { watchArguments } from "./arguments.ts";
import { probeArguments, probeFiles, probeGit, probeLog, probeMetrics } from "./probes.ts";
import { findForms, formsOf } from "./secret-forms.ts";

const canary = `canary/+&${randomBytes(9).toString("hex")}`;
const forms = formsOf(canary);
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-leaks-"));
});
afterAll(async () => await rm(dir, { recursive: true }));

describe("formsOf and findForms", () => {
  it.each([
    ["as it is", `x${canary}y`],
    ["URL-encoded", `https://user:${encodeURIComponent(canary)}@host`],
    ["in JSON", JSON.stringify({ a: canary })],
    ["in base64", Buffer.from(canary).toString("base64")],
    ["in base64 after a user name", Buffer.from(`pkgserver:${canary}`).toString("base64")],
    ["in base64 with text before and after it", Buffer.from(`ab${canary}, and more`).toString("base64")],
  ])("find a secret %s", (_what, text) => {
    expect(findForms(forms, text)).not.toEqual([]);
    expect(findForms(forms, Buffer.from(text))).not.toEqual([]);
  });

  it("find nothing in another secret", () => {
    const other = `canary/+&${randomBytes(9).toString("hex")}`;
    expect(findForms(forms, [other, ...formsOf(other)].join(" "))).toEqual([]);
  });
});

describe("a leaked secret is found", () => {
  it("in a log, by line", async () => {
    const file = join(dir, "operator.log");
    await writeFile(file, `{"msg":"fine"}\n{"msg":"${canary}"}\n`);
    expect(await probeLog(file)(forms)).toEqual([{ where: `${file}:2` }]);
  });

  it("in metrics", async () => {
    const server = createServer((_request, response) =>
      response.end(`some_total{url="${encodeURIComponent(canary)}"} 1\n`),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await probeMetrics(url)(forms)).toEqual([{ where: `${url}/metrics` }]);
    server.close();
  });

  it("in the arguments of a child process", async () => {
    // This process takes the place of the operator.
    const watch = watchArguments(() => process.pid);
    const child = spawn("sh", ["-c", `sleep 60; : ${canary}`], { detached: true });
    try {
      const probe = async () => await probeArguments(watch.observed())(forms);
      expect(await waitUntil("the arguments were observed", probe, { until: (leaks) => leaks.length > 0 })).toEqual([
        { where: "the arguments of sh" },
      ]);
    } finally {
      watch.close();
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }
  });

  it("in a file, also across two chunks", async () => {
    const folder = await mkdtemp(join(dir, "data-"));
    await writeFile(join(folder, "config"), "[remote]\n");
    expect(await probeFiles(folder)(forms)).toEqual([]);
    await writeFile(join(folder, "pack"), `${"x".repeat(64 * 1024 - 5)}${canary}${"y".repeat(1000)}`);
    expect(await probeFiles(folder)(forms)).toEqual([{ where: join(folder, "pack") }]);
  });

  it.each([
    ["a file", (name: string) => ({ files: { [name]: canary } })],
    ["a message", () => ({ message: `by ${Buffer.from(canary).toString("base64")}` })],
  ])("in Git, in an unreachable object: %s", async (what, commit) => {
    const git = openRepositories(await mkdtemp(join(dir, "git-")));
    const bare = await git.createRepository("r", { seed: { "a.yaml": "a: 1\n" } });
    expect(await probeGit(bare)(forms)).toEqual([]);
    const { files = {}, message = "Fine" } = commit("a.yaml") as { files?: Record<string, string>; message?: string };
    const [text = "a: 1\n"] = Object.values(files);
    const from = await git.createRepository("other", { seed: { "a.yaml": text } });
    await git.git("r", "fetch", "--quiet", from, "main");
    const tree = (await git.git("r", "rev-parse", "FETCH_HEAD^{tree}")).trim();
    await git.git("r", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit-tree", tree, "-m", message);
    expect(await probeGit(bare)(forms), what).toEqual([{ where: `an object of ${bare}` }]);
  });
});
