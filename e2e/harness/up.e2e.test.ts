import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { bringDown } from "./down.ts";
import { runGit } from "./git-command.ts";
import { openRepositories } from "./git-repositories.ts";
import { kubectlAs } from "./kubectl.ts";
import { endProcess, identifyProcess, isRunning, type ProcessRef } from "./processes.ts";
import { type RunState, readRunState, recordProcess } from "./run-state.ts";
import { bringUp } from "./up.ts";

const find = (state: RunState, name: string): ProcessRef | undefined =>
  state.processes.find((process) => process.name === name)?.ref;

describe("up", () => {
  it("starts a system, restarts ended processes alone, and ends exactly its own processes", async () => {
    const dir = await makeFolder();
    const first = await bringUp(dir);
    await openRepositories(first.git.root).createRepository("catalog", { seed: { a: "1" } });
    await kubectlAs(first.controlPlane, "admin")("create", "configmap", "kept");
    expect(await listRefs(first)).toContain("refs/heads/main");

    expect(await bringUp(dir)).toEqual(first);

    await endProcess(find(first, "git-server") as ProcessRef, { graceMs: 0 });
    const second = await bringUp(dir);
    expect(second.ports).toEqual(first.ports);
    expect(await listRefs(second)).toContain("refs/heads/main");
    await kubectlAs(second.controlPlane, "admin")("get", "configmap", "kept");

    await bringDown(dir);
    expect([...first.processes, ...second.processes].filter(({ ref }) => isRunning(ref))).toEqual([]);
    expect((await readRunState(dir))?.processes).toEqual([]);
    await bringDown(dir, { deleteData: true });
    expect(existsSync(dir)).toBe(false);
  });

  it("does not end a process that was given a recorded pid later", async () => {
    const dir = await makeFolder();
    const state = await bringUp(dir);
    await recordProcess(state, "operator", { pid: process.pid, started: "another time" });
    await bringDown(dir);
    expect(identifyProcess(process.pid)).toBeDefined();
    expect(state.processes.filter(({ ref }) => isRunning(ref))).toEqual([]);
  });

  it("does not delete a folder without a state file", async () => {
    const dir = await makeFolder();
    await bringDown(dir, { deleteData: true });
    expect(existsSync(dir)).toBe(true);
  });
});

async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "up-"));
  onTestFinished(async () => {
    await bringDown(dir);
    await rm(dir, { recursive: true, force: true });
  });
  return dir;
}

async function listRefs({ dir, git }: RunState): Promise<string> {
  const { user, password } = git.credentials;
  return runGit(dir, ["ls-remote", `${git.server.replace("//", `//${user}:${password}@`)}/catalog.git`]);
}
