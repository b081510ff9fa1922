import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithEnv("excluded");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
});

async function waitForFiles(packages: Packages, name: string, reason: string): Promise<void> {
  await packages.waitFor(name, `has files that are ${reason}`, ({ status }) => {
    return status?.conditions?.find(({ type }) => type === "FilesValid")?.reason === reason;
  });
}

describe("files that .krmignore excludes", () => {
  it("do not keep the condition FilesValid False, and are published all the same", async ({ env, packages }) => {
    const id = { repository: "catalog", package: "chart", workspace: "one" };
    const template = "{{- if .Values.enabled }}\nkind: Deployment\n{{- end }}\n";
    const files = { "Chart.yaml": "name: chart\n", "templates/deployment.yaml": template };
    const name = await packages.createDraft(id, files);
    await waitForFiles(packages, name, "InvalidYAML");
    await packages.save(name, { ".krmignore": "/templates/\n" });
    await waitForFiles(packages, name, "FilesValid");
    expect((await packages.contents(name)).status?.fileProblems).toBeUndefined();
    await packages.save(name, { ".krmignore": "# nothing\n" });
    await waitForFiles(packages, name, "InvalidYAML");
    await packages.save(name, { ".krmignore": "*.yaml\n!Chart.yaml\n" });
    await waitForFiles(packages, name, "FilesValid");
    await packages.publish(name);
    const published = await env.git.git("catalog", "ls-tree", "-r", "--name-only", "chart/v1", "chart/");
    expect(published.trim().split("\n")).toEqual([
      "chart/.krmignore",
      "chart/Chart.yaml",
      "chart/templates/deployment.yaml",
    ]);
  });
});
