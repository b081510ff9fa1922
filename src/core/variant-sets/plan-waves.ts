import type { Rollout } from "../../api/v1alpha1/rollout.ts";
import { ANNOTATION_ROLLOUT } from "../../api/v1alpha1/well-known.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { parseDecision } from "../rollouts/decision.ts";
import { planRolloutInSteps, type RolloutWrite } from "../rollouts/plan.ts";
import { formatRecord } from "../rollouts/record.ts";
import { type RolloutTarget, rolloutTarget } from "../rollouts/target.ts";
import { hashSpec } from "../variants/defaults.ts";
import type { PlannedTarget, SetObservation, SetPlan } from "./set-plan.ts";

/** What of the changes of a set may go out now. Each target is a step or two. Throws `WindowError`. */
export function* planWaves(
  { set, variants, refused = new Set(), now }: SetObservation,
  rollout: Rollout,
  planned: readonly PlannedTarget[],
): Generator<void, Pick<SetPlan, "create" | "change"> & Required<Pick<SetPlan, "rollout">>> {
  const present = new Map(variants.map((one) => [one.metadata.name, one]));
  const targets: RolloutTarget[] = [];
  for (const { target, name, spec } of planned) {
    yield;
    const variant = present.get(name);
    const facts = {
      name,
      labels: target.labels,
      ...(spec !== undefined && { wanted: { spec, hash: hashSpec(spec) } }),
      ...(variant !== undefined && { variant }),
      isRefused: refused.has(name),
    };
    targets.push(rolloutTarget(facts));
  }
  const decision = parseDecision(set.metadata.annotations?.[ANNOTATION_ROLLOUT]);
  const plan = yield* planRolloutInSteps({
    rollout,
    template: sha256Hex(canonicalJson(set.spec.template)).slice(0, 20),
    targets,
    ...(set.status?.rollout !== undefined && { previous: set.status.rollout }),
    ...(decision !== undefined && { decision }),
    now,
  });
  const writes: (Pick<RolloutWrite, "target" | "spec"> & { readonly record?: string })[] = [];
  for (const { target, spec, record } of plan.writes) {
    yield;
    writes.push({ target, spec, ...(record !== undefined && { record: formatRecord(record) }) });
  }
  return {
    rollout: plan,
    create: writes.flatMap(({ target: { name, variant }, ...rest }) =>
      variant === undefined ? [{ name, ...rest }] : [],
    ),
    change: writes.flatMap(({ target: { variant }, ...rest }) =>
      variant === undefined || variant.metadata.deletionTimestamp !== undefined ? [] : [{ variant, ...rest }],
    ),
  };
}
