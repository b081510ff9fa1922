import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";
import { CONTEXT_PATH, writeContext } from "./package-context.ts";

/** The files of a new package (task `init`): a README, and a ConfigMap with its name that is for tools only. */
export function initPackage(id: PackageRevID): ReadonlyMap<string, Uint8Array> {
  const readme = `# ${id.package}\n\nSay here what the package is for and how it is used.\n`;
  return new Map([
    ["README.md", new TextEncoder().encode(readme)],
    [CONTEXT_PATH, writeContext(id)],
  ]);
}
