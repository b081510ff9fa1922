import { keyOf } from "../../api/meta.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";
import { type ObjectSource, objectSources, withObjects } from "../../core/variant-sets/object-sources.ts";
import { describeReadError } from "../../kube/objects/describe-read-error.ts";
import { ObjectReader } from "../../kube/objects/object-reader.ts";
import { Poller } from "../../kube/objects/poller.ts";
import { type FoundTargets, readSetTargets, UnreadSourceError } from "../../kube/objects/read-targets.ts";
import type { ServiceAccountClients } from "../../kube/objects/service-account-clients.ts";

export interface ObjectTargetsOptions {
  readonly clients: Pick<ServiceAccountClients, "clientOf">;
  /** The objects that are a set's targets have changed, or can be read again. */
  readonly onChanged: (key: string) => void;
}

/** The set with its targets written out; or why they are not known. */
export type ResolvedSet =
  | { readonly kind: "resolved"; readonly set: PackageVariantSet }
  | { readonly kind: "unknown"; readonly message: string };

/** What was read last for a set. */
interface Known {
  /** Equal for equal sources. */
  readonly id: string;
  readonly set: PackageVariantSet;
  readonly digest: string;
  readonly found: FoundTargets | { readonly problem: string };
}

/**
 * Reads the objects that are targets of sets, with the rights of ServiceAccounts, and polls them: not every
 * kind can be watched. Targets that cannot be read are unknown, never absent: else the variants of a fleet would go.
 */
export class ObjectTargets {
  readonly #options: ObjectTargetsOptions;
  readonly #known: Poller<Known>;

  constructor(options: ObjectTargetsOptions) {
    this.#options = options;
    const { onChanged } = options;
    this.#known = new Poller({
      startRound:
        () =>
        async ({ set, id }) =>
          await this.#read(set, id),
      onChanged,
    });
  }

  /** From now on changes are reported, until `forget`. */
  async resolve(set: PackageVariantSet): Promise<ResolvedSet> {
    const key = keyOf(set);
    const sources = objectSources(set);
    if (sources.length === 0) {
      this.forget(key);
      return { kind: "resolved", set };
    }
    const id = idOf(set, sources);
    const before = this.#known.get(key);
    const known = before?.id === id ? before : await this.#read(set, id);
    this.#known.set(key, known);
    const { found } = known;
    if ("problem" in found) return { kind: "unknown", message: found.problem };
    return { kind: "resolved", set: withObjects(set, found.targetsOf) };
  }

  forget(key: string): void {
    this.#known.forget(key);
  }

  /** Reads the targets of all sets again, and reports those that have changed. */
  async poll(): Promise<void> {
    await this.#known.poll();
  }

  /** Never rejects. */
  async #read(set: PackageVariantSet, id: string): Promise<Known> {
    const { namespace = "" } = set.metadata;
    const { clients } = this.#options;
    try {
      const found = await readSetTargets(set, ({ serviceAccountName: name }) => {
        return new ObjectReader(clients.clientOf({ namespace, name }));
      });
      return { id, set, digest: found.hash, found };
    } catch (error) {
      const problem = describe(error);
      return { id, set, digest: problem, found: { problem } };
    }
  }
}

function idOf({ metadata: { uid = "" } }: PackageVariantSet, sources: readonly ObjectSource[]): string {
  return `${uid} ${canonicalJson(sources)}`;
}

function describe(error: unknown): string {
  if (!(error instanceof UnreadSourceError)) return describeForeignError(error);
  const { source, problem, cause } = error;
  const { apiVersion, kind, serviceAccountName: name } = source;
  const what = `objects of kind ${kind} of ${apiVersion} cannot be read with ServiceAccount ${name}`;
  return `${what}: ${problem ?? describeReadError(cause, "it")}`;
}
