import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { chooseTempDir } from "./temp-dir.ts";

describe("the folder for temporary files", () => {
  it("is that of TMPDIR", () => {
    vi.stubEnv("TMPDIR", "/elsewhere");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(chooseTempDir()).toBe("/elsewhere");
  });

  it.each([
    ["does not exist", "/nowhere"],
    ["has no room", "/proc"],
  ])("is the system's if the one in memory %s", (_, folder) => {
    vi.stubEnv("TMPDIR", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(chooseTempDir(folder)).toBe(tmpdir());
  });

  it("is the one in memory if programs run from there, and nothing is left in it", () => {
    const folder = mkdtempSync(join(tmpdir(), "pkgserver-temp-dir-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    vi.stubEnv("TMPDIR", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(chooseTempDir(folder, 0)).toBe(folder);
    expect(chooseTempDir(folder, Number.MAX_SAFE_INTEGER)).not.toBe(folder);
  });
});
