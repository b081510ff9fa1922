import type { GateVerdict } from "../../../api/v1alpha1/package-revision-status.ts";
import { OUR_CONDITIONS } from "../../conditions/conditions.ts";
import type { RecordedGate } from "../gate-trailers.ts";
import type { Blocker, Observation } from "../observation.ts";

/** Gates of later steps: they hold back neither a proposal nor a publication. */
const LATER_GATES: ReadonlySet<string> = new Set(["pkg.pkgserver.dev/approve", "pkg.pkgserver.dev/install"]);

/** The packages that it needs must be published in the target. */
const SCHEDULE_GATE = "pkg.pkgserver.dev/schedule";

/** The gates of the operator itself, by the condition that each stands for. */
const OWN_GATES: ReadonlyMap<string, string> = new Map([
  ["pkg.pkgserver.dev/process", "Rendered"],
  ["pkg.pkgserver.dev/policy", "Validated"],
  [SCHEDULE_GATE, "Scheduled"],
]);

/** A gate that is not True for the present contents; `state` continues a sentence about it. */
export interface OpenGate {
  readonly conditionType: string;
  readonly state: string;
}

type Gated = Pick<Observation, "object" | "repository">;

/** The gates that must be True: of the package revision, then of its Repository, each once. */
export function requiredGates({ object, repository }: Gated): readonly string[] {
  const all = [...(object.spec.readinessGates ?? []), ...(repository?.spec.readinessGates ?? [])];
  return [...new Set(all.map((gate) => gate.conditionType))].filter((gate) => !LATER_GATES.has(gate));
}

/** True if the packages that it needs must be published first. */
export function isScheduled(observation: Gated): boolean {
  return requiredGates(observation).some((gate) => gate === SCHEDULE_GATE || gate === "Scheduled");
}

/** True if the Repository asks for the drafts of packages that are missing. */
export function asksForDrafts({ repository }: Pick<Gated, "repository">): boolean {
  return repository?.spec.readinessGates?.some(({ conditionType }) => conditionType === SCHEDULE_GATE) === true;
}

/** The required gates that are not True for the contents of `status.contentDigest`. */
export function openGates(observation: Gated): readonly OpenGate[] {
  return requiredGates(observation).flatMap((conditionType) => {
    const own = ownCondition(conditionType);
    const state = own === undefined ? verdictState(observation, conditionType) : conditionState(observation, own);
    return state === undefined ? [] : [{ conditionType, state }];
  });
}

/** True if what the contents need has to be in their target. */
export function needsSchedule(observation: Gated): boolean {
  return requiredGates(observation).includes(SCHEDULE_GATE);
}

/** The required gates, of an observation that has no open one, and since when each is True as far as it says so. */
export function passedGates(observation: Gated): readonly RecordedGate[] {
  const { conditions = [], gates = [] } = observation.object.status ?? {};
  return requiredGates(observation).map((conditionType) => {
    const own = ownCondition(conditionType);
    const at =
      own === undefined
        ? gates.find((one) => one.conditionType === conditionType)?.lastTransitionTime
        : conditions.find((one) => one.type === own)?.lastTransitionTime;
    return { conditionType, ...(at !== undefined && { at }) };
  });
}

/** Why a step must wait for a gate: the first one that is open. */
export function gateBlocker(observation: Gated, step: "proposed" | "published"): Blocker | undefined {
  const gate = openGates(observation)[0];
  if (gate === undefined) return undefined;
  const message = `the readiness gate ${gate.conditionType} must be True before this is ${step}; it ${gate.state}`;
  return { reason: "WaitingForGate", message, kind: "waiting" };
}

/** The condition of the operator that is the gate; undefined for a program's. */
function ownCondition(gate: string): string | undefined {
  return OUR_CONDITIONS.has(gate) ? gate : OWN_GATES.get(gate);
}

/** A condition of the operator, which it writes together with `contentDigest`. */
function conditionState({ object }: Gated, type: string): string | undefined {
  const condition = object.status?.conditions?.find((one) => one.type === type);
  return condition === undefined ? "is not set" : describe(condition);
}

/** The verdict of a program: void once the contents have another digest than the one that it names. */
function verdictState({ object }: Gated, conditionType: string): string | undefined {
  const { gates = [], contentDigest } = object.status ?? {};
  const verdict = gates.find((one) => one.conditionType === conditionType);
  if (verdict === undefined) return "has no verdict in status.gates";
  if (verdict.digest === contentDigest) return describe(verdict);
  return `has judged ${verdict.digest}, and status.contentDigest is ${contentDigest ?? "not set"}`;
}

function describe({ status, reason, message }: Pick<GateVerdict, "status" | "reason" | "message">): string | undefined {
  if (status === "True") return undefined;
  return `is ${status}${reason === undefined ? "" : ` (${reason})`}${message === undefined ? "" : `: ${message}`}`;
}
