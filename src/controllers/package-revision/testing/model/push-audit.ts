import { ANNOTATION_DELETE_BRANCH } from "../../../../api/v1alpha1/well-known.ts";
import { parseRef } from "../../../../core/identity/refs.ts";
import { messageOf } from "../../../../storage/git/push/change.ts";
import type { Evidence } from "./evidence.ts";
import { checkMain } from "./main-audit.ts";
import { MAIN } from "./mirror.ts";
import { auditRebases } from "./rebase-audit.ts";
import { BY_US, type Push } from "./remote.ts";
import { checkTags } from "./tag-audit.ts";

/** Properties of every push. */
export function checkPush(evidence: Evidence, push: Push): void {
  checkNothingLost(evidence, push);
  checkDrafts(evidence, push);
  auditRebases(evidence, push);
  checkTags(evidence, push);
  for (const part of partsOf(evidence, push)) checkMain(evidence, part);
}

/** The publications of a release, each with the commit on main that is its own; any other push as it is. */
function partsOf({ remote }: Evidence, push: Push): readonly Push[] {
  const { change, before, after } = push;
  if (change.claims.length < 2) return [push];
  let main = before.get(MAIN);
  return change.claims.map((path) => {
    const steps = change.steps.filter(({ ref }) => ref !== MAIN && parseFolder(ref) === path);
    const end = after.get(MAIN)?.commit ?? "";
    const child = [...remote.history([end])].find((one) => remote.commits.get(one)?.parents[0] === main?.commit);
    const next = child === undefined ? main : { oid: child, commit: child };
    const at = (ref: typeof main) => (ref === undefined ? before : new Map([...before, [MAIN, ref]]));
    const part = { change: { steps, claims: [path] }, before: at(main), after: at(next) };
    main = next;
    return part;
  });
}

function parseFolder(ref: string): string | undefined {
  const name = parseRef(ref);
  return name.kind === "other" ? undefined : name.folder;
}

function checkNothingLost(evidence: Evidence, { change, before, after }: Push): void {
  const remote = evidence.remote;
  const lost = remote.reachable(before).difference(remote.reachable(after));
  if (lost.size === 0) return;
  const [step, ...others] = change.steps;
  const head = before.get(step?.ref ?? "")?.commit;
  // What others have pushed goes only if the deletion names the branch's very commit, or after they took it from main.
  const isOwn = [...lost].every((one) => remote.commits.get(one)?.author === BY_US || evidence.takenFromMain.has(one));
  const goes = evidence.api
    .revisions()
    .some(
      ({ metadata, status }) =>
        metadata.deletionTimestamp !== undefined &&
        ((isOwn && status?.commit === head) || metadata.annotations?.[ANNOTATION_DELETE_BRANCH] === head),
    );
  if (step?.kind === "delete" && step.ref.startsWith("refs/heads/") && others.length === 0 && goes) return;
  throw new Error(`a push lost ${[...lost].join(", ")}: ${JSON.stringify(change.steps.map((one) => one.ref))}`);
}

/** Law: a commit on a draft's branch undoes no external change that the contents object has never shown. */
function checkDrafts(evidence: Evidence, { change, before, after }: Push): void {
  for (const step of change.steps) {
    const [was, now] = [before.get(step.ref)?.commit, after.get(step.ref)?.commit];
    if (step.kind !== "commit" || step.ref === MAIN || was === undefined) continue;
    // A draft begins with the files that its creator asked for, also on a branch that was no draft.
    const message = messageOf(step.commit, was);
    if (message.startsWith("Start ")) continue;
    const [path = ""] = change.claims;
    const files = evidence.ownFiles(path, now);
    const name = evidence.objectOf(path, message)?.metadata.name ?? "";
    for (const [file, text] of evidence.ownFiles(path, was)) {
      if (files.get(file) === text || evidence.shown.get(name)?.has(`${file}\n${text}`)) continue;
      throw new Error(`${step.ref}: a commit undid an external change of ${file} that ${name} has never shown`);
    }
  }
}
