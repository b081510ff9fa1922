import { join, relative } from "node:path";
import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";

const root = join(import.meta.dirname, "..", "..");
const it = testWithEnv("bundle");

describe("the bundle", () => {
  it("publishes a package and checks its YAML in the bundled worker process", async ({ env, packages }) => {
    // As in the image, which has only the output of `make build`.
    expect(relative(root, env.operatorSpec.program?.file ?? "")).toMatch(/^\.\.\/.*\/main\.js$/);
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
