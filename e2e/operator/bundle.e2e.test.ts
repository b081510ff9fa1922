import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageProgram, startOperator } from "../harness/operator.ts";
import { createPackages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

const root = join(import.meta.dirname, "..", "..");
let env: TestEnv;
let dir: string;
beforeAll(async () => {
  await promisify(execFile)("make", ["build"], { cwd: root });
  dir = await mkdtemp(join(tmpdir(), "pkgserver-bundle-"));
  // As in the image: nothing but what `make build` made.
  await cp(join(root, "dist"), dir, { recursive: true });
  env = await startTestEnv("bundle");
  await env.operator.stop();
  const program = { ...(await imageProgram()), file: join(dir, "main.js") };
  env.operator = await startOperator({ ...env.operatorSpec, program });
});
afterAll(async () => {
  await env?.end();
  await rm(dir, { recursive: true, force: true });
});

describe("the bundle", () => {
  it("does what the sources do, its child beside it included", async () => {
    await env.git.createRepository("blue");
    await env.register("blue");
    const packages = await createPackages(env);
    const id = { repository: "blue", package: "web", workspace: "one" };
    const name = await packages.createDraft(id, { "a.yaml": `${"- a\n".repeat(20_000)}- [\n` });
    await packages.waitFor(name, "tells what is wrong", (one) =>
      (one.status?.conditions ?? []).some(
        ({ type, message }) => type === "FilesValid" && /^a\.yaml:20002:1: /.test(message),
      ),
    );
    await packages.publish(name);
    expect(await env.git.git("blue", "tag")).toBe("web/v1\n");
  });
});
