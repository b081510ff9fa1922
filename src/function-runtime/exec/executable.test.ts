import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../../../e2e/harness/wait.ts";
import { DEFAULT_PROGRAM_LIMITS } from "../limits.ts";
import { runExecutable } from "./executable.ts";

describe("an executable", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "function-"));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  const script = async (text: string) => {
    const file = join(dir, "function; touch hacked $(reboot)");
    await writeFile(file, `#!/bin/sh\n${text}\n`);
    await chmod(file, 0o755);
    return file;
  };
  const isRunning = (pid: string) => {
    try {
      process.kill(Number(pid), 0);
      return true;
    } catch {
      return false;
    }
  };
  const ends = async (pid: string) => await waitUntil(`process ${pid} ends`, async () => !isRunning(pid));

  it("gets its input, and its name is no command", async () => {
    const output = await runExecutable(await script("cat; echo log >&2; exit 3"), "input", DEFAULT_PROGRAM_LIMITS);
    expect(output).toEqual({ exitCode: 3, stdout: "input", stderr: "log\n" });
  });

  it("need not read its input", async () => {
    const output = await runExecutable(await script("echo out"), "x".repeat(1_000_000), DEFAULT_PROGRAM_LIMITS);
    expect(output).toEqual({ exitCode: 0, stdout: "out\n", stderr: "" });
  });

  it("takes what it has started along when it ends", async () => {
    const file = await script(`sleep 1000 & echo $!`);
    const { stdout } = await runExecutable(file, "", DEFAULT_PROGRAM_LIMITS);
    await ends(stdout.trim());
  });

  it("takes what it has started along at its limit of time", async () => {
    const pidFile = join(dir, "pid");
    const file = await script(`sleep 1000 & echo $! >'${pidFile}'; wait`);
    const limits = { ...DEFAULT_PROGRAM_LIMITS, timeMs: 500 };
    await expect(runExecutable(file, "", limits)).rejects.toThrow("was ended after 0.5 s, its limit of time");
    await ends((await readFile(pidFile, "utf8")).trim());
  });

  it("that is killed has failed", async () => {
    const { exitCode, stderr } = await runExecutable(await script("kill -KILL $$"), "", DEFAULT_PROGRAM_LIMITS);
    expect([exitCode, stderr.trim()]).toEqual([1, "ended with SIGKILL"]);
  });

  it("that is no program has failed", async () => {
    const file = join(dir, "none");
    await writeFile(file, "\u0000\u0001");
    const { exitCode, stdout } = await runExecutable(file, "", DEFAULT_PROGRAM_LIMITS);
    expect([exitCode > 0, stdout]).toEqual([true, ""]);
  });

  it("ends with the process that runs it, whatever ends that", async () => {
    const pidFile = join(dir, "pid");
    const file = await script(`echo $$ >'${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'; sleep 1000`);
    const module = new URL("./executable.ts", import.meta.url).href;
    const program = `import { runExecutable } from ${JSON.stringify(module)};
      await runExecutable(${JSON.stringify(file)}, "", ${JSON.stringify(DEFAULT_PROGRAM_LIMITS)});`;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: "inherit" });
      const ended = new Promise((resolve) => parent.once("close", (_, by) => resolve(by)));
      const pid = (await waitUntil("it runs", async () => await readFile(pidFile, "utf8").catch(() => ""))).trim();
      parent.kill(signal);
      expect(await ended).toBe(signal);
      await ends(pid);
      await rm(pidFile);
    }
  });
});
