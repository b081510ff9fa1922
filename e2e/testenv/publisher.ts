import type { Fixtures } from "./fixtures.ts";
import type { Packages } from "./packages.ts";

/** A step of a user: from the request until its object's status acknowledges it. */
export interface Step {
  readonly name: "create" | "edit" | "propose" | "publish";
  readonly ms: number;
}

/** Takes one new package after the other from its creation to a tag, as alice and bob. */
export interface Publisher {
  start(): Publishing;
}

export interface Publishing {
  /** Of the packages that are published. */
  readonly steps: readonly Step[];
  /** Number of packages. Throws if a step has failed. */
  published(): number;
  /** Lets the package that has begun end. Throws if a step has failed. */
  end(): Promise<void>;
}

const REPOSITORY = "publisher";

/** Registers a Repository. The first package, with cold code and caches, is measured by nobody. */
export async function createPublisher({ env, packages }: Fixtures): Promise<Publisher> {
  await env.git.createRepository(REPOSITORY);
  await env.register(REPOSITORY);
  let count = 0;
  const publishNext = async () => await publishPackage(packages, `p${++count}`);
  await publishNext();
  return { start: () => startPublishing(publishNext) };
}

export function slowestOf(steps: readonly Step[]): Step {
  const [first, ...others] = steps;
  if (first === undefined) throw new Error("no step was taken");
  return others.reduce((slowest, one) => (one.ms > slowest.ms ? one : slowest), first);
}

export function describeStep({ name, ms }: Step): string {
  return `${Math.round(ms)} ms (${name})`;
}

function startPublishing(publishNext: () => Promise<readonly Step[]>): Publishing {
  const steps: Step[] = [];
  let published = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  const publish = async () => {
    while (!isOver) {
      steps.push(...(await publishNext()));
      published += 1;
    }
  };
  const ended = publish().catch((error: unknown) => {
    failure = { error };
  });
  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    steps,
    published: () => {
      check();
      return published;
    },
    end: async () => {
      isOver = true;
      await ended;
      check();
    },
  };
}

async function publishPackage(packages: Packages, name: string): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const take = async <T>(step: Step["name"], work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    steps.push({ name: step, ms: performance.now() - started });
    return result;
  };
  const id = { repository: REPOSITORY, package: name, workspace: "one" };
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
