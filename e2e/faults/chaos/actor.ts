import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { AcknowledgedEdit, Ledger } from "../../invariants/ledger.ts";
import { nameOf, type Packages } from "../../testenv/packages.ts";
import type { Random } from "../../testenv/random.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer One)[] ? One[] : T[Key] };

/** The acknowledged changes of all actors. */
export type Notes = Mutable<Pick<Ledger, "edits" | "approvals" | "commits">>;

/** A request that takes longer, through several faults, does not converge. */
export const PATIENCE_MS = 150_000;

/** A user who takes one package through its lifecycle repeatedly, whatever the responses are. */
export interface Actor {
  /** Makes one request, and waits for its result. */
  act(): Promise<void>;
  /** The number of accepted requests. */
  count(): number;
}

export function createActor(
  { packages, notes, random }: { readonly packages: Packages; readonly notes: Notes; readonly random: Random },
  place: { readonly namespace: string; readonly repository: string; readonly package: string },
): Actor {
  let workspace = 0;
  let acts = 0;
  const id = () => ({ repository: place.repository, package: place.package, workspace: `ws${workspace}` });
  const name = () => nameOf(id());
  const key = () => `${place.namespace}/${name()}`;

  /** A request that is refused or has no response is repeated by the next act, as a user would. */
  const attempt = async (request: () => Promise<unknown>): Promise<boolean> => {
    try {
      await request();
      acts += 1;
      return true;
    } catch {
      return false;
    }
  };

  const edit = async () => {
    const file = `file-${random.int(4)}.yaml`;
    const text = random.chance(0.15) ? null : `actor: ${place.package}\nact: ${acts}\ndraw: ${random.int(1e9)}\n`;
    let generation = 0;
    const request = async () => {
      generation = (await packages.edit(name(), { [file]: text, "always.yaml": "a: 1\n" })).metadata.generation ?? 0;
    };
    if (!(await attempt(request))) return;
    const acknowledged = async () => (await packages.contents(name())).status?.observedGeneration ?? 0;
    const options = { timeoutMs: PATIENCE_MS, until: (observed: number) => observed >= generation };
    await waitUntil(`an edit of ${name()} is acknowledged`, acknowledged, options);
    // Whether a file that is deleted was there before depends on what was refused.
    const files = new Map(text === null ? [] : [[file, Buffer.from(text)]]);
    notes.edits.push({ revision: key(), files } satisfies AcknowledgedEdit);
  };

  const approve = async ({ status }: PackageRevision) => {
    const digest = status?.proposal?.digest ?? "";
    notes.approvals.push({ revision: key(), digest });
    const body = { spec: { lifecycle: "published", approval: { digest, by: "bob" } } };
    await attempt(async () => await packages.patch(name(), body, "bob"));
  };

  const remove = async (user: "alice" | "bob") => {
    // What was acknowledged for it goes with it.
    const mine = key();
    for (const list of [notes.edits, notes.approvals]) {
      for (let at = list.length - 1; at >= 0; at--) if (list[at]?.revision === mine) list.splice(at, 1);
    }
    if (!(await attempt(async () => await packages.delete(name(), user)))) return;
    await waitUntil(`${name()} is gone`, async () => (await findRevision(packages, name())) === undefined, {
      timeoutMs: PATIENCE_MS,
    });
    workspace += 1;
  };

  const setLifecycle = async (lifecycle: "draft" | "proposed" | "published" | "deletionProposed") =>
    void (await attempt(async () => await packages.setLifecycle(name(), lifecycle)));

  const decide = async (object: PackageRevision) => {
    switch (object.status?.lifecycle) {
      case "draft":
        if (object.spec.lifecycle === "proposed") return await setLifecycle("draft");
        if (random.chance(0.7)) return await edit();
        return random.chance(0.85) ? await setLifecycle("proposed") : await remove("alice");
      case "proposed":
        return random.chance(0.75) ? await approve(object) : await setLifecycle("draft");
      case "published":
        if (random.chance(0.2)) return await setLifecycle("deletionProposed");
        workspace += 1;
        return;
      case "deletionProposed":
        return random.chance(0.6) ? await remove("bob") : await setLifecycle("published");
      default:
        return;
    }
  };

  return {
    count: () => acts,
    act: async () => {
      const object = await waitUntil(
        `${name()} has been decided on`,
        async () => ({ one: await findRevision(packages, name()) }),
        {
          timeoutMs: PATIENCE_MS,
          until: ({ one }) => one === undefined || isDecided(one),
        },
      );
      if (object.one !== undefined) return await decide(object.one);
      const tasks = random.chance(0.5) ? { spec: { tasks: [{ type: "init" }] } } : {};
      await attempt(async () => await packages.create(id(), tasks));
    },
  };
}

/** Undefined if the object does not exist. Throws if the API server does not respond. */
export async function findRevision(packages: Packages, name: string): Promise<PackageRevision | undefined> {
  try {
    return await packages.get(name);
  } catch (error) {
    if (error instanceof Error && error.message.includes(": 404 ")) return undefined;
    throw error;
  }
}

/** True if the status is of the newest generation, and no work is under way. */
export function isDecided({ metadata, status }: PackageRevision): boolean {
  const isTrue = (type: string) =>
    status?.conditions?.some((one) => one.type === type && one.status === "True") ?? false;
  return status?.observedGeneration === metadata.generation && (isTrue("Ready") || isTrue("Stalled"));
}
