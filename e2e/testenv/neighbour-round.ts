import type { Packages } from "./packages.ts";

/** A step of a user: from the request until its object's status acknowledges it. */
export interface Step {
  readonly name: "create" | "edit" | "propose" | "publish";
  readonly ms: number;
}

/** Takes a new package from its creation to a tag, as alice and bob. */
export async function goRound(packages: Packages, repository: string, name: string): Promise<readonly Step[]> {
  const id = { repository, package: name, workspace: "one" };
  const steps: Step[] = [];
  const take = async <T>(step: Step["name"], work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    steps.push({ name: step, ms: performance.now() - started });
    return result;
  };
  const revision = await take("create", () => packages.createDraft(id));
  await take("edit", async () => {
    await packages.edit(revision, { "a.yaml": `package: ${name}\n` });
    await packages.waitForAcknowledgement(revision);
  });
  // The proposal is of the contents' commit: what is measured begins when it is shown.
  await packages.waitUntilShown(revision);
  await take("propose", () => packages.propose(revision));
  await take("publish", () => packages.publish(revision));
  return steps;
}

export function slowestOf(steps: readonly Step[]): Step {
  const [first, ...others] = steps;
  if (first === undefined) throw new Error("no step was taken");
  return others.reduce((slowest, one) => (one.ms > slowest.ms ? one : slowest), first);
}

export function describeStep({ name, ms }: Step): string {
  return `${Math.round(ms)} ms (${name})`;
}
