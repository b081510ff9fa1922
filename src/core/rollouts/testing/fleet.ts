import type { PackageVariant, PackageVariantSpec } from "../../../api/v1alpha1/package-variant.ts";
import type { RolloutStatus, RolloutStep } from "../../../api/v1alpha1/rollout.ts";
import { ANNOTATION_ROLLED_OUT } from "../../../api/v1alpha1/well-known.ts";
import { runToEnd } from "../../identity/run-to-end.ts";
import { hashSpec, withDefaults } from "../../variants/defaults.ts";
import { workspaceOf } from "../../variants/workspace.ts";
import { type Decision, formatDecision, parseDecision } from "../decision.ts";
import { planRolloutInSteps, type RolloutPlan, type RolloutWrite } from "../plan.ts";
import { formatRecord } from "../record.ts";
import { type RolloutTarget, rolloutTarget } from "../target.ts";

interface Member {
  readonly labels: Readonly<Record<string, string>>;
  /** What the set wants, as a revision of the upstream. */
  value: string;
  isRefused: boolean;
}

/** A set with a rollout and its variants, as the API server would have them. Each target wants a revision. */
export class Fleet {
  steps: readonly RolloutStep[];
  readonly members = new Map<string, Member>();
  readonly variants = new Map<string, PackageVariant>();
  status: RolloutStatus | undefined;
  annotation: string | undefined;
  template = "v1";
  now = Date.parse("2026-01-01T00:00:00Z");

  constructor(steps: readonly RolloutStep[]) {
    this.steps = steps;
  }

  add(name: string, labels: Member["labels"] = {}, value = this.template): void {
    this.members.set(name, { labels, value, isRefused: false });
  }

  /** The set removes its variant at once. */
  remove(name: string): void {
    this.members.delete(name);
    this.variants.delete(name);
  }

  /** Changes what all targets, or some, are to have. */
  want(value: string, names: Iterable<string> = this.members.keys()): void {
    this.template = value;
    for (const name of names) {
      const member = this.members.get(name);
      if (member !== undefined) member.value = value;
    }
  }

  decide(kind: Decision["kind"]): void {
    const { id = "", resume } = this.status ?? {};
    this.annotation = kind === "resume" ? resume : formatDecision({ kind, id });
  }

  plan(): RolloutPlan {
    const decision = parseDecision(this.annotation);
    return runToEnd(
      planRolloutInSteps({
        rollout: { steps: [...this.steps] },
        template: this.template,
        targets: this.targets(),
        ...(this.status !== undefined && { previous: this.status }),
        ...(decision !== undefined && { decision }),
        now: this.now,
      }),
    );
  }

  targets(): readonly RolloutTarget[] {
    return [...this.members].map(([name, { labels, value, isRefused }]) => {
      const variant = this.variants.get(name);
      const spec = specOf(value);
      const wanted = { spec, hash: hashSpec(spec) };
      return rolloutTarget({ name, labels, isRefused, wanted, ...(variant !== undefined && { variant }) });
    });
  }

  /** Plans and carries out. @param most the operator is killed after so many writes */
  reconcile(most = Number.POSITIVE_INFINITY): RolloutPlan {
    const plan = this.plan();
    this.status = plan.status;
    for (const write of plan.writes.slice(0, most)) if (!write.target.isRefused) this.#write(write);
    return plan;
  }

  #write({ target: { name, variant }, spec, record }: RolloutWrite): void {
    const annotations = {
      ...variant?.metadata.annotations,
      ...(record !== undefined && { [ANNOTATION_ROLLED_OUT]: formatRecord(record) }),
    };
    const generation = (variant?.metadata.generation ?? 0) + 1;
    const metadata = { name, namespace: "ns", generation, annotations };
    const { status } = variant ?? {};
    this.variants.set(name, {
      apiVersion: "",
      kind: "",
      metadata,
      spec: withDefaults(spec),
      ...(status !== undefined && { status }),
    });
  }

  publish(...names: readonly string[]): void {
    for (const name of names) this.#report(name, "Published");
  }

  fail(...names: readonly string[]): void {
    for (const name of names) this.#report(name, "DraftStalled");
  }

  /** A person changes the variant by hand. */
  edit(name: string, value: string): void {
    const variant = this.variants.get(name);
    if (variant === undefined) return;
    const generation = (variant.metadata.generation ?? 0) + 1;
    this.variants.set(name, {
      ...variant,
      metadata: { ...variant.metadata, generation },
      spec: withDefaults(specOf(value)),
    });
  }

  valueOf(name: string): string | undefined {
    return this.variants.get(name)?.spec.upstream.revision;
  }

  /** `a=v1 b=v2`, of those with a variant. */
  values(): string {
    return [...this.members.keys()]
      .flatMap((name) => (this.variants.has(name) ? [`${name}=${this.valueOf(name)}`] : []))
      .join(" ");
  }

  /** True if it is published that the variant has what it is to have. */
  isPublished(name: string): boolean {
    const variant = this.variants.get(name);
    const ready = variant?.status?.conditions?.find(({ type }) => type === "Ready");
    const isNow = variant?.status?.observedGeneration === variant?.metadata.generation;
    return ready?.reason === "Published" && isNow && this.valueOf(name) === this.members.get(name)?.value;
  }

  #report(name: string, reason: string): void {
    const variant = this.variants.get(name);
    if (variant === undefined) return;
    const isDone = reason === "Published";
    const common = { reason, message: "m", lastTransitionTime: "2026-01-01T00:00:00Z" };
    const ready = { type: "Ready", status: isDone ? ("True" as const) : ("False" as const), ...common };
    const stalled = { type: "Stalled", status: "True" as const, ...common };
    const published = isDone ? `t.r.p.${workspaceOf(variant.spec)}` : variant.status?.published;
    this.variants.set(name, {
      ...variant,
      status: {
        observedGeneration: variant.metadata.generation ?? 0,
        conditions: isDone ? [ready] : [ready, stalled],
        ...(published !== undefined && { published }),
      },
    });
  }
}

function specOf(revision: string): PackageVariantSpec {
  return {
    upstream: { repository: "catalog", package: "shop", revision },
    downstream: { repository: "deployments", package: "shop" },
  };
}

/** Of the targets a to d, each published with v1 in its wave. */
export function publishedFleet(steps: readonly RolloutStep[] = [{ count: 1 }, { count: 1 }, { percent: 100 }]): Fleet {
  const fleet = new Fleet(steps);
  for (const name of ["a", "b", "c", "d"]) fleet.add(name);
  for (let round = 0; round < 8; round++) {
    fleet.reconcile();
    fleet.publish("a", "b", "c", "d");
    fleet.decide("resume");
  }
  fleet.annotation = undefined;
  fleet.reconcile();
  if (fleet.values() !== "a=v1 b=v1 c=v1 d=v1" || fleet.status?.state !== "Completed") {
    throw new Error(`the fleet has ${fleet.values()} and is ${fleet.status?.state}`);
  }
  return fleet;
}
