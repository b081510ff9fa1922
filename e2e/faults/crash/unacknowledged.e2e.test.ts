import { describe, expect } from "vitest";
import { pushExternally } from "../../testenv/external-push.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { killChildren } from "../../testenv/git-children.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import { type Edit, type Files, nameOf } from "../../testenv/packages.ts";

interface Case {
  readonly name: string;
  /** Pushed, and not acknowledged. */
  readonly first: Edit;
  /** Made while no operator runs. */
  readonly second: Edit;
  /** An external push meanwhile. */
  readonly external?: Files;
  /** The files on the branch in the end. */
  readonly files: Files;
  readonly reason?: "ContentConflict";
}

const BEFORE: Files = { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" };
const CASES: readonly Case[] = [
  {
    name: "again",
    first: { "a.yaml": "a: 2\n" },
    second: { "a.yaml": "a: 3\n" },
    files: { ...BEFORE, "a.yaml": "a: 3\n" },
  },
  { name: "back", first: { "a.yaml": "a: 2\n" }, second: { "a.yaml": "a: 1\n" }, files: BEFORE },
  { name: "gone", first: { "c.yaml": "c: 1\n" }, second: { "c.yaml": null }, files: BEFORE },
  { name: "restored", first: { "b.yaml": null }, second: { "b.yaml": "b: 1\n" }, files: BEFORE },
  {
    name: "elsewhere",
    first: { "a.yaml": "a: 2\n" },
    second: { "a.yaml": "a: 3\n" },
    external: { "b.yaml": "b: 2\n" },
    files: { "a.yaml": "a: 3\n", "b.yaml": "b: 2\n" },
  },
  {
    name: "there",
    first: { "a.yaml": "a: 2\n" },
    second: { "a.yaml": "a: 3\n" },
    external: { "a.yaml": "a: 4\n" },
    files: { ...BEFORE, "a.yaml": "a: 4\n" },
    reason: "ContentConflict",
  },
];
const idOf = ({ name }: Case) => ({ target: "edge1", repository: name, package: "web", workspace: "ws1" });
const BRANCH = "edge1/web/ws1";
const RETURNED = { target: "edge1", repository: "returned", package: "web", workspace: "ws1" };

/** Each edit is pushed in a repository of its own; then one SIGKILL comes before any of them is acknowledged. */
const it = testWithEnv("unacked");

it.beforeAll(async ({ env, packages }) => {
  const push = async (one: Case) => {
    await env.git.createRepository(one.name);
    await env.register(one.name, { deployment: true });
    const draft = await packages.createDraft(idOf(one), BEFORE);
    const hold = await holdNextPush(env.git, one.name, "after");
    await packages.edit(draft, one.first);
    await hold.reached();
    return hold;
  };
  const holds = await Promise.all(CASES.map(push));
  await env.operator.kill();
  for (const { name } of CASES) await killChildren(env.git.url(name));
  await Promise.all(holds.map((hold) => hold.release()));
  for (const one of CASES) {
    await packages.edit(nameOf(idOf(one)), one.second);
    const files = Object.entries(one.external ?? {}).map(([path, text]) => [`edge1/web/${path}`, text] as const);
    if (files.length > 0) await pushExternally(env.git, one.name, { branch: BRANCH, files: Object.fromEntries(files) });
  }
  await env.as("admin")("delete", "lease", "pkgserver");
  await env.restartOperator("kill");
});

describe("an edit that was pushed and not acknowledged when the operator was killed", () => {
  it.for(CASES)("is the base of the next edit: $name", async (one, { env, packages }) => {
    const draft = nameOf(idOf(one));
    const { reason = "Draft" } = one;
    await packages.waitForReason(draft, reason);
    if (reason === "Draft") await packages.waitForAcknowledgement(draft);
    expect(await createGitReader(env.git, one.name).files(BRANCH, "edge1/web")).toEqual(one.files);
    if (reason !== "Draft") return;
    const { spec } = await packages.contents(draft);
    expect(spec.resources).toEqual(one.files);
  });
});

describe("an edit of a proposal that was being taken back when the operator was killed", () => {
  let draft: string;

  it.beforeAll(async ({ env, packages }) => {
    await env.git.createRepository("returned");
    await env.register("returned", { deployment: true });
    draft = await packages.createDraft(RETURNED, BEFORE);
    await packages.propose(draft);
    await env.operator.kill();
    await packages.setLifecycle(draft, "draft");
    // The state between two writes of the operator: before its status is draft.
    await packages.request("operator", "merge", `packagerevisionresourceses/${draft}/status`, {
      status: { frozen: false },
    });
    await packages.edit(draft, { "a.yaml": "a: 2\n" });
    await env.as("admin")("delete", "lease", "pkgserver");
    await env.restartOperator("kill");
  });

  it("is in Git before it is acknowledged", async ({ env, packages }) => {
    await packages.waitForReason(draft, "Draft");
    await packages.waitForAcknowledgement(draft);
    const files = await createGitReader(env.git, "returned").files(BRANCH, "edge1/web");
    expect(files).toEqual({ ...BEFORE, "a.yaml": "a: 2\n" });
  });
});
