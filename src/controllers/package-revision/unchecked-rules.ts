import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { PolicyState } from "../../core/admission/policy-state.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";
import type { Policies } from "../admission-policies/monitor.ts";

const POLICY = "pkgserver-automatic-approval";

/**
 * The automatic rules of Repositories that were set or changed while their admission policy was missing: nobody has
 * checked whether the user who set them may approve. They approve nothing until they change. In memory: a gap during
 * which no replica ran is not known, and a restart forgets the others (docs/installation.md).
 */
export class UncheckedRules {
  readonly #policies: Pick<Policies, "state">;
  /** By key of the Repository: the JSON of rules that the policy has checked, as far as is known. */
  readonly #checked = new Map<string, string>();
  readonly #unchecked = new Map<string, string>();
  /** Seen while nothing was known of the policies. */
  readonly #pending = new Map<string, string>();

  constructor(policies: Pick<Policies, "state">) {
    this.#policies = policies;
  }

  /** The state of the policies has changed. */
  noteState(state: PolicyState): void {
    if (state.kind === "unknown") return;
    const to = isMissing(state) ? this.#unchecked : this.#checked;
    for (const [key, rules] of this.#pending) to.set(key, rules);
    this.#pending.clear();
  }

  /** The cache has received a version of a Repository. */
  noteRepository(repository: Repository): void {
    const key = keyOf(repository);
    const rules = rulesOf(repository);
    if (rules !== undefined && (rules === this.#checked.get(key) || rules === this.#unchecked.get(key))) return;
    this.forget(repository);
    if (rules === undefined) return;
    const state = this.#policies.state();
    const to = state.kind === "unknown" ? this.#pending : isMissing(state) ? this.#unchecked : this.#checked;
    to.set(key, rules);
  }

  forget(repository: Repository): void {
    for (const known of [this.#checked, this.#unchecked, this.#pending]) known.delete(keyOf(repository));
  }

  /** True if the rules that the Repository has count. */
  isChecked(repository: Repository): boolean {
    const rules = rulesOf(repository);
    return rules === undefined || this.#unchecked.get(keyOf(repository)) !== rules;
  }
}

/** A state without findings: some policy was deleted and created again unseen, perhaps this one. */
function isMissing(state: PolicyState): boolean {
  if (state.kind !== "missing") return false;
  return state.findings.length === 0 || state.findings.some(({ name }) => name === POLICY);
}

/** Undefined without rules. */
function rulesOf({ spec }: Repository): string | undefined {
  const { automatic = [] } = spec.approval ?? {};
  return automatic.length === 0 ? undefined : canonicalJson(automatic);
}
