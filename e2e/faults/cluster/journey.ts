import { expect } from "vitest";
import { waitUntil } from "../../harness/wait.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { nameOf, type Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

/** How long a user retries: the control plane may be down several times, and the operator may restart. */
const PATIENCE = { timeoutMs: 300_000, intervalMs: 200 } as const;
const EDITS = 2;

/** Called after each step of a package, with the number of steps. */
export type OnStep = (name: string, steps: number) => void;

/** Retries a request until it succeeds, as a user does whose connection was cut or whose server is down. */
export async function retryUntilAccepted<T>(what: string, request: () => Promise<T>): Promise<T> {
  const done = await waitUntil(what, async () => ({ value: await request() }), PATIENCE);
  return done.value;
}

/**
 * Creates a draft, edits it, each time after the last edit was acknowledged, and publishes it; then does all of it
 * again.
 */
export async function makeJourney(packages: Packages, repository: string, name: string, onStep: OnStep): Promise<void> {
  let steps = 0;
  for (const workspace of ["one", "two"]) {
    const id = { repository, package: name, workspace };
    const revision = nameOf(id);
    await retryUntilAccepted(`${revision} is created`, async () => await createOnce(packages, id));
    await retryUntilAccepted(`${revision} is a draft`, async () => await packages.waitForReason(revision, "Draft"));
    onStep(name, ++steps);
    for (let edit = 1; edit <= EDITS; edit++) {
      await saveInsistently(packages, revision, `n: ${workspace} ${edit}\n`);
      onStep(name, ++steps);
    }
    await publishInsistently(packages, revision);
    onStep(name, ++steps);
  }
}

async function createOnce(packages: Packages, id: Parameters<Packages["create"]>[0]): Promise<void> {
  try {
    await packages.create(id);
  } catch (error) {
    // The response of an earlier request was lost.
    if (!String(error).includes("already exists")) throw error;
  }
}

async function saveInsistently(packages: Packages, name: string, text: string): Promise<void> {
  await retryUntilAccepted(`an edit of ${name} is accepted`, async () => await packages.edit(name, { "n.yaml": text }));
  const shows = async () => {
    const { spec, status, metadata } = await packages.contents(name);
    expect(spec.resources).toEqual({ "n.yaml": text });
    return status?.observedGeneration === metadata.generation;
  };
  await waitUntil(`the edit ${text.trim()} of ${name} is in Git`, shows, PATIENCE);
}

async function publishInsistently(packages: Packages, name: string): Promise<void> {
  const step = async () => {
    const { spec, status } = await packages.get(name);
    if (status?.lifecycle === "published") return true;
    const desired = spec.lifecycle ?? "draft";
    if (status?.lifecycle === "proposed" && desired !== "published") {
      const approval = { digest: status.proposal?.digest, by: "bob" };
      await packages.patch(name, { spec: { lifecycle: "published", approval } }, "bob");
    } else if (status?.lifecycle === "draft" && desired === "draft") await packages.setLifecycle(name, "proposed");
    return false;
  };
  await waitUntil(`${name} is published`, step, PATIENCE);
  await retryUntilAccepted(`${name} is Published`, async () => await packages.waitForReason(name, "Published"));
}

/** Expects Git to have each step of these packages exactly once, and nothing else. */
export async function expectJourneys(env: TestEnv, repository: string, names: readonly string[]): Promise<void> {
  await env.sync(repository);
  const git = createGitReader(env.git, repository);
  expect(await git.refs()).toEqual(names.flatMap((name) => [`tags/${name}/v1`, `tags/${name}/v2`]).sort());
  for (const name of names) {
    for (const [revision, workspace] of [["v1", "one"] as const, ["v2", "two"] as const]) {
      const last = { "n.yaml": `n: ${workspace} ${EDITS}\n` };
      expect(await git.files(`${name}/${revision}`, name), `${name} ${revision}`).toEqual(last);
      const subjects = (await git("log", "--reverse", "--format=%s", `${name}/${revision}`, "--not", "main")).split(
        "\n",
      );
      const words = subjects.map((subject) => subject.split(" ")[0]);
      expect(words, `${name} ${revision}`).toEqual(["Start", ...Array(EDITS).fill("Edit"), "Propose"]);
    }
    expect(await git.files("main", name)).toEqual({ "n.yaml": `n: two ${EDITS}\n` });
  }
  const onMain = (await git("log", "--format=%s", "main")).split("\n").slice(0, -1);
  expect(onMain.sort()).toEqual(names.flatMap((name) => [`Publish ${name} v1`, `Publish ${name} v2`]).sort());
  expect(await git("rev-list", "--merges", "main")).toBe("");
}
