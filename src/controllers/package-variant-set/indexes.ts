import type { KubeObject } from "../../api/meta.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import { packageVariantSets } from "../shared/kinds.ts";

export const memberIndexes = {
  /** The uid of the set that owns the variant. */
  set: (variant: PackageVariant) => {
    const uid = ownerOf(variant)?.uid;
    return uid === undefined ? [] : [uid];
  },
};
export type MemberIndex = keyof typeof memberIndexes;

/** The owner reference of the set that a variant belongs to. */
export function ownerOf({ metadata }: KubeObject) {
  return metadata.ownerReferences?.find(
    ({ controller, kind, apiVersion }) =>
      controller === true && kind === packageVariantSets.kind && apiVersion.startsWith(`${packageVariantSets.group}/`),
  );
}
