import type { DependencyGraph } from "../../../core/dependencies/graph.ts";
import { type NotMade, planSchedule, type Schedule } from "../../../core/dependencies/schedule.ts";
import { mayHaveUnknownEditors } from "../../../core/revision/claimed-editors.ts";
import { asksForDrafts, isScheduled } from "../../../core/revision/preconditions/gates.ts";
import { targetIndex } from "../indexes.ts";
import { changersOf, type RevisionScope } from "../scope.ts";

/** More names are not recorded in one annotation; admission allows no more, either. */
const MAX_NAMES = 100;
const MAX_LENGTH = 16_384;

type Scope = Pick<RevisionScope, "object" | "observation" | "dependencies">;

/** What the gate `schedule` says, and what is to be made for it; undefined without that gate. */
export function scheduleOf(scope: Scope, graph: DependencyGraph, isPassed: boolean): Schedule | undefined {
  const { object, observation, dependencies } = scope;
  if (!isScheduled({ ...observation, object })) return undefined;
  const revisions = targetIndex(object).flatMap((key) => dependencies.revisions.byIndex("target", key));
  const others = revisions.filter(({ metadata }) => metadata.name !== object.metadata.name);
  const { scheduled: made = [] } = object.status ?? {};
  return planSchedule({ graph, revisions: others, made, notMade: whyNotMade(scope, isPassed) });
}

function whyNotMade(scope: Scope, isPassed: boolean): NotMade | undefined {
  const { object, observation } = scope;
  const { deletionTimestamp } = object.metadata;
  if (!asksForDrafts(observation)) return "notAsked";
  const isProposing = object.spec.lifecycle === "proposed" && object.status?.lifecycle === "draft";
  if (!isProposing || !isPassed || deletionTimestamp !== undefined) return "notProposed";
  return changersForDrafts(scope) === undefined ? "unattributed" : undefined;
}

/**
 * Everybody who has changed or edited a draft, and with it what is made for it: under four eyes, none of them approves
 * that. Undefined if not everybody is known, or if there are too many.
 */
export function changersForDrafts({ object, observation }: Omit<Scope, "dependencies">): readonly string[] | undefined {
  const names = [...new Set([...changersOf(object), ...observation.editors])];
  if (names.length > MAX_NAMES || names.join("\n").length > MAX_LENGTH) return undefined;
  if (observation.repository?.spec.approval?.fourEyes !== true) return names;
  const found = observation.view?.found;
  const isKnown = found?.kind === "draft" && !mayHaveUnknownEditors(found, names);
  return isKnown && names.length > 0 && object.status?.attribution === "Complete" ? names : undefined;
}
