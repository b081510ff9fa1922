import type { FileNotShown } from "../../api/v1alpha1/package-revision-resources.ts";
import { printableLine } from "../output/printable.ts";

/** Why a file is in Git only, and what a reviewer should know of it: `Symlink -> ../x, out of the package`. */
export function describeHidden({ reason, target, leaves, executable }: FileNotShown): string {
  const parts = [
    `${reason}${target === undefined ? "" : ` -> ${target}`}`,
    ...(leaves === undefined ? [] : [`out of the ${leaves.toLowerCase()}`]),
    ...(executable === true ? ["executable"] : []),
  ];
  return printableLine(parts.join(", "));
}
