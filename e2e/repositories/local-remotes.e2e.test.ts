import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { TestEnv } from "../testenv/testenv.ts";

/** `victim` is another tenant's Repository; its mirror is in the operator's data folder. */
const it = testWithEnv("local").extend("mirror", { scope: "file" }, async ({ env }) => {
  await env.git.createRepository("victim");
  await pushExternally(env.git, "victim", { files: { "web/a.yaml": "secret: 1\n" }, tags: ["web/v1"] });
  await env.register("victim");
  await env.waitForReason("catalog.victim.web.v1", "Published");
  const mirrors = join(dirname(env.operator.logFile), "operator-data", "mirrors");
  const name = readdirSync(mirrors).find((one) => one.endsWith(".git"));
  return join(mirrors, `${name}`);
});

async function refusalOf(env: TestEnv, name: string, url: string): Promise<string | undefined> {
  await env.applyRepository(name, {}, { url, credentials: undefined });
  const { status } = await env.waitForRepository(name, "UnsafeRepository");
  const all = await env.revisions();
  expect(all.filter(({ spec }) => spec.packageRevID.repository === name)).toEqual([]);
  return status?.conditions?.find(({ type }) => type === "Ready")?.message;
}

describe("a Repository with a file: URL", () => {
  it("does not read another tenant's mirror, by its path or by a link", async ({ env, mirror }) => {
    const inDataFolder = /in the operator's own data folder/;
    expect(await refusalOf(env, "direct", `file://${mirror}`)).toMatch(inDataFolder);
    expect(await refusalOf(env, "encoded", `file://${mirror.replaceAll("mirrors", "%6Dirrors")}`)).toMatch(
      inDataFolder,
    );
    const link = env.git.path("link");
    await symlink(mirror, link);
    expect(await refusalOf(env, "linked", `file://${link}`)).toMatch(inDataFolder);
  });

  it("does not read another tenant's mirror through the objects that it borrows", async ({ env, mirror }) => {
    const own = env.git.path("own");
    execFileSync("git", ["init", "-q", "--bare", "--initial-branch=main", own]);
    const head = execFileSync("git", ["--git-dir", mirror, "rev-parse", "refs/heads/main"]).toString().trim();
    await mkdir(join(own, "objects", "info"), { recursive: true });
    await writeFile(join(own, "objects", "info", "alternates"), `${mirror}/objects\n`);
    for (const ref of ["refs/heads/main", "refs/tags/web/v1"]) {
      execFileSync("git", ["--git-dir", own, "update-ref", ref, head]);
    }
    expect(await refusalOf(env, "borrowing", `file://${own}`)).toMatch(/objects\/info\/alternates/);
  });

  it("is told which setting of the repository git would have obeyed as the operator", async ({ env }) => {
    const own = env.git.path("own-settings");
    execFileSync("git", ["init", "-q", "--bare", "--initial-branch=main", own]);
    execFileSync("git", ["--git-dir", own, "config", "core.alternateRefsCommand", "id"]);
    expect(await refusalOf(env, "obeying", `file://${own}`)).toMatch(/the setting core\.alternaterefscommand/);
  });
});
