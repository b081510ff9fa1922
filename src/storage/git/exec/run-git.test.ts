import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { runGit } from "./run-git.ts";

const MIB = 1024 * 1024;

/** Runs a shell script in place of git. */
const it = base.extend("runScript", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "pkgserver-run-git-"));
  onCleanup(() => rm(folder, { recursive: true }));
  return async (script: string, limitMs = 60_000) => {
    await writeFile(join(folder, "git"), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, "git"), 0o755);
    return await runGit(["test"], { env: { PATH: `${folder}:/usr/bin:/bin` }, cwd: folder, limitMs });
  };
});

describe("runGit", () => {
  it("returns output and exit code, also of a command that fails", async ({ runScript }) => {
    const result = await runScript("echo out; echo err >&2; exit 3");
    expect({ ...result, stdout: String(result.stdout) }).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
  });

  it.for([
    ["stdout", 64 * MIB, ""],
    ["stderr", 4 * MIB, ">&2"],
  ] as const)(
    "ends a command that prints more than the limit to %s",
    async ([stream, limit, target], { runScript }) => {
      const print = (bytes: number) => runScript(`head -c ${bytes} /dev/zero ${target}`);
      const { stdout, stderr } = await print(limit);
      expect(stream === "stdout" ? stdout.length : stderr.length).toBe(limit);
      await expect(print(limit + 1)).rejects.toMatchObject({
        reason: "RemoteTooLarge",
        message: "git test was ended: its output is too long",
      });
    },
  );

  it("ends a command at its time limit", async ({ runScript }) => {
    await expect(runScript("exec sleep 60", 300)).rejects.toMatchObject({
      reason: "Timeout",
      message: "git test did not end within 0.3 s",
    });
  });
});
