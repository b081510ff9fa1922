import type { Repository } from "../../api/v1alpha1/repository.ts";
import { LABEL_RELEASE } from "../../api/v1alpha1/well-known.ts";

/** The prefixes of labels and annotations that are a part of a revision, beside those without a prefix. */
export type MetadataPrefixes = readonly string[];

/** One array for all, since results are kept by it. */
export const NO_PREFIXES: MetadataPrefixes = [];

export function metadataPrefixesOf(repository: Repository | undefined): MetadataPrefixes {
  return repository?.spec.packageMetadata?.prefixes ?? NO_PREFIXES;
}

/**
 * True if the key of a label or annotation is a part of the revision: it is recorded in Git, and set on objects that
 * are made from that. Kubernetes reserves keys without a prefix for users, and has tools prefix theirs: a tool that
 * finds its own keys on an object elsewhere takes that object for its own, and may delete it. The label of a release is
 * the users', and a part of what is approved.
 */
export function isPackageKey(key: string, prefixes: MetadataPrefixes): boolean {
  const slash = key.indexOf("/");
  return slash < 0 || key === LABEL_RELEASE || prefixes.includes(key.slice(0, slash));
}

/** Earlier versions recorded every key but these. */
const NOT_RECORDED_EARLIER = /^(([^/]*\.)?pkgserver\.dev|kubectl\.kubernetes\.io)\//;

/** True for the keys that earlier versions recorded. */
export function wasPackageKey(key: string): boolean {
  return !(key.includes("/") && NOT_RECORDED_EARLIER.test(key));
}
