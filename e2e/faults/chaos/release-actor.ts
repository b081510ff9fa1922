import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { WAITING_FOR_RELEASE } from "../../../src/api/v1alpha1/package-revision-status.ts";
import { LABEL_RELEASE } from "../../../src/api/v1alpha1/well-known.ts";
import { digestOfMembers } from "../../../src/core/release/members.ts";
import { waitUntil } from "../../harness/wait.ts";
import { nameOf, type Packages } from "../../testenv/packages.ts";
import type { Random } from "../../testenv/random.ts";
import { type Actor, findRevision, isDecided, type Notes, PATIENCE_MS } from "./actor.ts";

const MEMBERS = ["member-0", "member-1"] as const;

/** A user who publishes two packages together, release after release, whatever the responses are. */
export function createReleaseActor(
  { packages, notes, random }: { readonly packages: Packages; readonly notes: Notes; readonly random: Random },
  place: { readonly namespace: string; readonly repository: string },
): Actor {
  let release = 0;
  let acts = 0;
  const idOf = (member: string) => ({ repository: place.repository, package: member, workspace: `r${release}` });
  const nameOfMember = (member: string) => nameOf(idOf(member));

  /** What is refused or has no response is repeated by the next act. */
  const attempt = async (request: () => Promise<unknown>): Promise<boolean> => {
    try {
      await request();
      acts += 1;
      return true;
    } catch {
      return false;
    }
  };

  const edit = async (name: string) => {
    const text = `act: ${acts}\ndraw: ${random.int(1e9)}\n`;
    let generation = 0;
    const request = async () => {
      generation = (await packages.edit(name, { "a.yaml": text })).metadata.generation ?? 0;
    };
    if (!(await attempt(request))) return;
    const acknowledged = async () => (await packages.contents(name)).status?.observedGeneration ?? 0;
    await waitUntil(`an edit of ${name} is acknowledged`, acknowledged, {
      timeoutMs: PATIENCE_MS,
      until: (observed) => observed >= generation,
    });
    notes.edits.push({ revision: `${place.namespace}/${name}`, files: new Map([["a.yaml", Buffer.from(text)]]) });
  };

  const approve = async ({ metadata: { name }, status }: PackageRevision, all: readonly PackageRevision[]) => {
    const digest = status?.proposal?.digest ?? "";
    notes.approvals.push({ revision: `${place.namespace}/${name}`, digest });
    const approval = { digest, by: "bob", release: digestOfMembers(all) };
    await attempt(async () => await packages.patch(name, { spec: { lifecycle: "published", approval } }, "bob"));
  };

  const setLifecycle = async ({ metadata: { name } }: PackageRevision, lifecycle: "draft" | "proposed") =>
    void (await attempt(async () => await packages.setLifecycle(name, lifecycle)));

  const decide = async (all: readonly PackageRevision[]): Promise<void> => {
    const draft = all.find(({ status }) => status?.lifecycle === "draft");
    const open = all.find(({ spec, status }) => status?.lifecycle === "proposed" && spec.lifecycle === "proposed");
    if (draft !== undefined) {
      if (draft.spec.lifecycle === "proposed") return await setLifecycle(draft, "draft");
      const isEmpty = draft.status?.files === 0;
      if (isEmpty || random.chance(0.3)) return await edit(draft.metadata.name);
      return await setLifecycle(draft, "proposed");
    }
    if (open === undefined) return;
    return random.chance(0.15) ? await setLifecycle(open, "draft") : await approve(open, all);
  };

  return {
    count: () => acts,
    act: async () => {
      const read = async () => await Promise.all(MEMBERS.map((one) => findRevision(packages, nameOfMember(one))));
      const found = await waitUntil(`release ${release} of ${place.repository} can go on`, read, {
        timeoutMs: PATIENCE_MS,
        until: (all) => all.some((one) => one === undefined) || canGoOn(all.filter((one) => one !== undefined)),
      });
      const missing = MEMBERS[found.indexOf(undefined)];
      if (missing !== undefined) {
        const metadata = { labels: { [LABEL_RELEASE]: `r${release}` } };
        await attempt(async () => await packages.create(idOf(missing), { metadata }));
        return;
      }
      const all = found.filter((one) => one !== undefined);
      if (all.every(({ status }) => status?.lifecycle === "published")) release += 1;
      else await decide(all);
    },
  };
}

/** True if all are published, or each is decided on and the user has something to do. */
function canGoOn(all: readonly PackageRevision[]): boolean {
  const isWaiting = ({ metadata, status }: PackageRevision) =>
    status?.observedGeneration === metadata.generation && status?.waitingFor?.[0] === WAITING_FOR_RELEASE;
  if (!all.every((one) => isDecided(one) || isWaiting(one))) return false;
  const published = all.filter(({ status }) => status?.lifecycle === "published").length;
  return published === all.length || (published === 0 && !all.every(({ spec }) => spec.lifecycle === "published"));
}
