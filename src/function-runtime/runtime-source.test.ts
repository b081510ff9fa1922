import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "./file-digest.ts";
import { readVersions } from "./runtime-source.ts";
import { readSettings } from "./settings/read-settings.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("the versions of functions", () => {
  it("are those of built-in functions, allowed programs, and images of the function runner", async () => {
    const dir = await mkdtemp(join(tmpdir(), "versions-"));
    const starlarkFile = join(dir, "starlark.wasm");
    const bytes = Buffer.from("a module");
    await writeFile(starlarkFile, bytes);
    const settings = readSettings(
      `functions: {a: {wasm: /a, digest: "${DIGEST}"}}\nrunner: {address: "x:1", images: [b/]}\n`,
    );
    const { has } = await readVersions(new Set(["format@1"]), { settings, starlarkFile });
    const others = await readVersions(new Set(), { settings: readSettings("{}"), starlarkFile: join(dir, "none") });
    await rm(dir, { recursive: true });
    const known = ["format@1", `starlark@${digestOf(bytes)}`, `wasm@${DIGEST}`, "container@b/c:v1"];
    expect(known.filter((version) => !has(version))).toEqual([]);
    expect(["format@2", `exec@${DIGEST}`, "container@c/b:v1", "starlark@sha256:0"].filter(has)).toEqual([]);
    expect(known.filter(others.has)).toEqual([]);
  });
});
