import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remoteHost } from "./allowed-hosts.ts";
import { parseRemoteUrl } from "./url.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ssh-destination-"));
  writeFileSync(join(folder, "ssh"), '#!/bin/sh\nprintf "%s\\n" "$@" > "$HOME/arguments"\nexit 1\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The host that git passes to ssh, without the user; undefined if it starts no ssh. */
function destination(url: string): string | undefined {
  const env = { PATH: process.env.PATH ?? "", HOME: folder, GIT_SSH: join(folder, "ssh"), GIT_SSH_VARIANT: "ssh" };
  writeFileSync(join(folder, "arguments"), "");
  try {
    execFileSync("git", ["ls-remote", "--", url], { cwd: folder, env, stdio: "ignore" });
  } catch {
    // The ssh of this test fails.
  }
  const args = readFileSync(join(folder, "arguments"), "utf8").split("\n");
  return args.at(-3)?.replace(/^.*@/, "").toLowerCase();
}

const read = (url: string) => {
  const parsed = parseRemoteUrl(url, new Set(["ssh"] as const));
  return "problem" in parsed ? undefined : remoteHost(url);
};

describe("the host of an ssh address", () => {
  it.for([
    "ssh://good.example/x@[evil.example]/p.git",
    "ssh://good.example/x%40%5bevil.example%5d/p.git",
    "good.example:x@[evil.example]:p.git",
    "git@good.example:x@[evil.example]:p",
  ])("is not told for %s, with which git connects to evil.example", (url) => {
    expect(destination(url)).toBe("evil.example");
    expect(read(url)).toBeUndefined();
  });

  it("is the one to which git connects", () => {
    const start = fc.constantFrom("ssh://", "ssh://git@", "", "git@");
    const host = fc.constantFrom("good.example", "[::1]", "good.example:22", "%67ood.example");
    const part = fc.constantFrom(
      "x",
      "@",
      "[",
      "]",
      "@[evil.example]",
      "%40",
      "%5B",
      "%5bevil.example%5D",
      ":",
      "/..",
      "/",
    );
    const separator = fc.constantFrom("/", ":", ":/");
    const address = fc
      .tuple(start, host, separator, fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([first, name, then, parts]) => [first, name, then, ...parts].join(""));
    let told = 0;
    fc.assert(
      fc.property(address, (url) => {
        const known = read(url);
        if (known === undefined) return;
        told += 1;
        expect(`${destination(url)}`).toBe(known.name.replace(/^\[(.*)\]$/, "$1"));
      }),
      { numRuns: 400 },
    );
    expect(told).toBeGreaterThan(0);
  });
});
