import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { imageProgram } from "../harness/operator.ts";
import { test } from "../testenv/fixtures.ts";

const root = join(import.meta.dirname, "..", "..");

const it = test
  .extend("program", { scope: "file" }, async ({}, { onCleanup }) => {
    await promisify(execFile)("make", ["build"], { cwd: root });
    // As in the image, which has only the output of `make build`.
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-bundle-"));
    onCleanup(async () => await rm(dir, { recursive: true, force: true }));
    await cp(join(root, "dist"), dir, { recursive: true });
    return { ...(await imageProgram()), file: join(dir, "main.js") };
  })
  .extend("envOptions", { scope: "file" }, async ({ program }) => ({ prefix: "bundle", operator: { program } }));

describe("the bundle", () => {
  it("publishes a package and checks its YAML in the bundled worker process", async ({ env, packages }) => {
    await env.git.createRepository("blue");
    await env.register("blue");
    const id = { repository: "blue", package: "web", workspace: "one" };
    const name = await packages.createDraft(id, { "a.yaml": `${"- a\n".repeat(20_000)}- [\n` });
    await packages.waitFor(name, "reports the invalid file", (one) =>
      (one.status?.conditions ?? []).some(
        ({ type, message }) => type === "FilesValid" && /^a\.yaml:20002:1: /.test(message),
      ),
    );
    await packages.publish(name);
    expect(await env.git.git("blue", "tag")).toBe("web/v1\n");
  });
});
