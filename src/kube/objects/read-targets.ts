import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { canonicalJson, JsonTooDeepError } from "../../core/identity/canonical-json.ts";
import { formatSelector } from "../../core/identity/format-selector.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { isSecret, type ObjectSource, objectSources, targetOfObject } from "../../core/variant-sets/object-sources.ts";
import type { Target } from "../../core/variant-sets/targets.ts";
import { NotServedError, type ObjectReader, TooManyObjectsError } from "./object-reader.ts";

/** Of the targets of one set, as JSON. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
const ALL_NAMESPACES = "*";

/** What the sources of a set were found to have. */
export interface FoundTargets {
  readonly targetsOf: (source: ObjectSource) => readonly Target[];
  /** Equal for equal targets. */
  readonly hash: string;
}

/** A source that could not be read. */
export class UnreadSourceError extends Error {
  override readonly name = "UnreadSourceError";
  readonly source: ObjectSource;
  /** Where the objects themselves are the reason. */
  readonly problem: string | undefined;

  constructor(source: ObjectSource, cause: unknown) {
    super(`objects of kind ${source.kind} cannot be read`, { cause });
    this.source = source;
    const isOfObjects = [NotServedError, TooManyObjectsError, JsonTooDeepError].some((one) => cause instanceof one);
    this.problem = isOfObjects && cause instanceof Error ? cause.message : undefined;
  }
}

/** Counts down the characters that are left for the sources of one set. */
interface TargetBudget {
  left: number;
}

interface ReadTargets {
  /** By name. */
  readonly targets: readonly Target[];
  readonly hash: string;
}

/**
 * Reads all sources of a set that are objects, one after the other, each with the reader that has the rights for it.
 * Rejects with `UnreadSourceError`, with the error of `ObjectReader.select` as its cause.
 */
export async function readSetTargets(
  set: PackageVariantSet,
  readerOf: (source: ObjectSource) => Pick<ObjectReader, "select">,
): Promise<FoundTargets> {
  const { namespace = "" } = set.metadata;
  const budget = { left: MAX_CHARACTERS };
  const found = new Map<string, ReadTargets>();
  for (const source of objectSources(set)) {
    try {
      found.set(canonicalJson(source), await readTargets(readerOf(source), namespace, source, budget));
    } catch (error) {
      throw new UnreadSourceError(source, error);
    }
  }
  return {
    targetsOf: (source) => found.get(canonicalJson(source))?.targets ?? [],
    hash: sha256Hex([...found.values()].map(({ hash }) => hash).join(" ")),
  };
}

/** @param own the namespace of the set */
async function readTargets(
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
