import { expect } from "vitest";
import { listRefs } from "../../testenv/external-push.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { type HeldPush, holdNextPush } from "../../testenv/held-pushes.ts";
import { nameOf, type Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const FILES = { "a.yaml": "a: 1\n" };

/**
 * A publication whose push is held on the git server. The repository has a draft, a proposal and an older revision too.
 */
export interface HeldPublication {
  readonly repository: string;
  readonly hold: HeldPush;
  /** The refs before the publication. */
  readonly refs: string;
}

const id = (repository: string, name: string) => ({ repository, package: name, workspace: "one" });

/** @param at before any ref is updated, or after all are, when only the response is missing */
export async function holdPublication(
  env: TestEnv,
  packages: Packages,
  repository: string,
  at: "before" | "after",
): Promise<HeldPublication> {
  await env.git.createRepository(repository);
  await env.register(repository);
  const names = ["draft", "proposed", "publishing"] as const;
  await packages.createPublished(id(repository, "older"), FILES);
  await Promise.all(names.map((name) => packages.createDraft(id(repository, name), FILES)));
  await packages.propose(nameOf(id(repository, "proposed")));
  const publishing = nameOf(id(repository, "publishing"));
  await packages.propose(publishing);
  const refs = await listRefs(env.git, repository);
  const hold = await holdNextPush(env.git, repository, at);
  await packages.approve(publishing);
  await hold.reached();
  return { repository, hold, refs };
}

/** Expects Git untouched or the whole publication; true if it is published. */
export async function expectWholeOrUntouched(env: TestEnv, { repository, refs }: HeldPublication): Promise<boolean> {
  const git = createGitReader(env.git, repository);
  const now = await listRefs(env.git, repository);
  if (now === refs) return false;
  const others = (all: string) => all.split("\n").filter((line) => !/\/(main|publishing\/(one|v1)) /.test(line));
  expect(others(now)).toEqual(others(refs));
  expect(await git.refs()).toEqual(["heads/draft/one", "heads/proposed/one", "tags/older/v1", "tags/publishing/v1"]);
  const log = (await git("log", "--format=%s", "main")).split("\n");
  expect(log).toEqual(["Publish publishing v1", "Publish older v1", "First commit"]);
  expect(await git.files("main", "publishing")).toEqual(FILES);
  expect(await git.files("publishing/v1", "publishing")).toEqual(FILES);
  return true;
}

/** Expects all objects to be restored from Git, and that the held publication can be completed. */
export async function expectBack(
  env: TestEnv,
  packages: Packages,
  held: HeldPublication,
  done: boolean,
): Promise<void> {
  const { repository } = held;
  const name = (one: string) => nameOf(id(repository, one));
  await packages.waitForReason(name("draft"), "Draft");
  await packages.waitForReason(name("proposed"), "Proposed");
  await packages.waitForReason(name("older"), "Published");
  const publishing = await packages.waitForReason(name("publishing"), done ? "Published" : "Proposed");
  // Approvals are never restored.
  expect(publishing.spec).not.toHaveProperty("approval");
  for (const one of ["draft", "proposed", "older", "publishing"]) {
    expect((await packages.contents(name(one))).spec.resources, one).toEqual(FILES);
  }
  if (!done) await packages.publish(name("publishing"));
  await packages.save(name("draft"), { "b.yaml": "b: 1\n" });
  await env.sync(repository);
  expect(await countPublications(env, repository)).toBe(1);
  expect(await packages.listTerminating()).toEqual([]);
}

async function countPublications(env: TestEnv, repository: string): Promise<number> {
  const log = await createGitReader(env.git, repository)("log", "--format=%s", "main");
  return log.split("\n").filter((subject) => subject.startsWith("Publish publishing")).length;
}
