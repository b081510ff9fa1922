import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { isSameJson } from "../identity/same-json.ts";

/** The spec with the defaults that the API server fills in. */
export function withDefaults(spec: PackageVariantSpec): PackageVariantSpec {
  return {
    ...spec,
    adoptionPolicy: spec.adoptionPolicy ?? "adoptNone",
    deletionPolicy: spec.deletionPolicy ?? "delete",
  };
}

/** True if the spec of a variant, as the API server has it, is the one that is wanted. */
export function isAsWanted(present: PackageVariantSpec, wanted: PackageVariantSpec): boolean {
  return isSameJson(present, withDefaults(wanted));
}

/** Equal for specs that are equal but for defaults. Throws `JsonTooDeepError`. */
export function hashSpec(spec: PackageVariantSpec): string {
  return sha256Hex(canonicalJson(withDefaults(spec))).slice(0, 20);
}
