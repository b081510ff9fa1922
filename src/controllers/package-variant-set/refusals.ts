import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { isSameJson } from "../../core/identity/same-json.ts";
import type { FailedTarget } from "../../core/variant-sets/set-plan.ts";

const FIRST_MS = 60_000;
const MAX_MS = 3_600_000;

interface Refusal {
  readonly failed: FailedTarget;
  /** What was refused; undefined for a deletion. */
  readonly spec: PackageVariantSpec | undefined;
  readonly count: number;
  readonly dueAt: number;
}

/**
 * The variants of a set that the API server has refused. Each is tried again, since a quota or a policy may have
 * changed that no watch reports: later and later, up to an hour, and not all at the same time. Another spec is tried at
 * once. Times are those of a monotonic clock, in milliseconds.
 */
export class Refusals {
  readonly #byName = new Map<string, Refusal>();

  get names(): ReadonlySet<string> {
    return new Set(this.#byName.keys());
  }

  get failed(): readonly FailedTarget[] {
    return [...this.#byName.values()].map(({ failed }) => failed);
  }

  /** True for what was refused, and is not due again. */
  isWaiting(name: string, spec: PackageVariantSpec | undefined, now: number): boolean {
    const known = this.#byName.get(name);
    return known !== undefined && now < known.dueAt && isSameJson(known.spec ?? null, spec ?? null);
  }

  add(name: string, spec: PackageVariantSpec | undefined, failed: FailedTarget, now: number): void {
    const count = (this.#byName.get(name)?.count ?? 0) + 1;
    const delay = Math.min(FIRST_MS * 2 ** (count - 1), MAX_MS) * spreadOf(name);
    this.#byName.set(name, { failed, spec, count, dueAt: now + delay });
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }

  /** Forgets all that is not to be written any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#byName.keys()) if (!names.has(name)) this.#byName.delete(name);
  }

  /** In how many milliseconds the next one is due. */
  nextAfterMs(now: number): number | undefined {
    if (this.#byName.size === 0) return undefined;
    return Math.max(0, Math.min(...[...this.#byName.values()].map(({ dueAt }) => dueAt)) - now);
  }
}

/** Between 0.75 and 1.25, always the same for a name. */
function spreadOf(name: string): number {
  return 0.75 + Number.parseInt(sha256Hex(name).slice(0, 4), 16) / 0xffff / 2;
}
