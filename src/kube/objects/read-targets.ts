import { canonicalJson } from "../../core/identity/canonical-json.ts";
import { formatSelector } from "../../core/identity/format-selector.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { isSecret, type ObjectSource, targetOfObject } from "../../core/variant-sets/object-sources.ts";
import type { Target } from "../../core/variant-sets/targets.ts";
import { type ObjectReader, TooManyObjectsError } from "./object-reader.ts";

/** Of the targets of one set, as JSON. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
const ALL_NAMESPACES = "*";

/** Counts down the characters that are left for the sources of one set. */
export interface TargetBudget {
  left: number;
}

export function newTargetBudget(): TargetBudget {
  return { left: MAX_CHARACTERS };
}

export interface ReadTargets {
  /** By name. */
  readonly targets: readonly Target[];
  /** Equal for equal targets. */
  readonly hash: string;
}

/**
 * The targets of a source. Rejects as `ObjectReader.select` does, with `TooManyObjectsError` once the budget is spent,
 * and with `JsonTooDeepError`.
 * @param own the namespace of the set
 */
export async function readTargets(
  reader: Pick<ObjectReader, "select">,
  own: string,
  source: ObjectSource,
  budget: TargetBudget,
): Promise<ReadTargets> {
  const { apiVersion, kind, namespace = own, selector } = source;
  const wanted = {
    apiVersion,
    kind,
    ...(namespace !== ALL_NAMESPACES && { namespace }),
    labelSelector: formatSelector(selector),
    isMetadataOnly: isSecret(source),
  };
  const found = await reader.select(wanted, (object) => {
    const target = targetOfObject(object, source);
    if (target === undefined) return undefined;
    const text = canonicalJson(target);
    budget.left -= text.length;
    if (budget.left < 0) throw new TooManyObjectsError(`the targets have more than ${MAX_CHARACTERS} characters`);
    return { target, hash: sha256Hex(text) };
  });
  const sorted = found.toSorted((a, b) => (a.target.name < b.target.name ? -1 : 1));
  return { targets: sorted.map(({ target }) => target), hash: sha256Hex(sorted.map(({ hash }) => hash).join(" ")) };
}
