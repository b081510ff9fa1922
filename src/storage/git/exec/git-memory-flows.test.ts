import { type ChildProcess, spawn } from "node:child_process";
import { it as base, describe, expect } from "vitest";
import type { GitError } from "../errors.ts";
import { treeBytes } from "./child-processes.ts";
import { GitMemory } from "./git-memory.ts";

const MIB = 1024 * 1024;
/** Of one namespace. */
const COMMANDS = 4;

/** Starts a command that holds memory and does not end, as a fetch from a server that stops to send. */
const it = base.extend("hold", async ({}, { onCleanup }) => {
  const children: ChildProcess[] = [];
  onCleanup(() => {
    for (const child of children) child.kill("SIGKILL");
  });
  return async () => {
    const child = spawn(process.execPath, ["-e", "const b = Buffer.alloc(4e7, 1); setInterval(() => b, 1000)"]);
    children.push(child);
    await expect.poll(() => treeBytes(child.pid ?? 0), { timeout: 20_000 }).toBeGreaterThan(40 * MIB);
    return child;
  };
});

describe("a namespace whose commands hold all memory that git may use", { timeout: 60_000 }, () => {
  it("gives some of it back to another namespace, though each command has little", async ({ hold }) => {
    const one = treeBytes((await hold()).pid ?? 0);
    // No room for one more, and no command has a quarter.
    const memory = new GitMemory((COMMANDS * one + 20 * MIB) / 0.85);
    const { signal } = new AbortController();
    const ended: string[] = [];
    for (let at = 0; at < COMMANDS; at++) {
      const seat = await memory.admit(`fetch ${at}`, signal, "hostile");
      const child = await hold();
      const end = (error: GitError) => {
        ended.push(error.reason);
        // On a busy machine, the memory of a killed process is there for a while.
        setTimeout(() => child.kill("SIGKILL"), 300);
      };
      memory.track(child.pid, end, seat);
      child.on("close", () => seat.release());
    }
    expect(ended).toEqual([]);
    // Of many that wait, that of the namespace without a seat is next.
    const others = Array.from({ length: 20 }, (_, at) => memory.admit(`fetch more ${at}`, signal, "hostile"));
    await memory.admit("push", signal, "quiet");
    const first = await Promise.race([...others.map(async (one) => await one.then(() => "hostile")), "quiet"]);
    expect([ended, first]).toEqual([["MemoryLimitExceeded"], "quiet"]);
  });
});
