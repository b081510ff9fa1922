import { stringify } from "yaml";
import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";

/** The files of a new package (task `init`): a README, and a ConfigMap with its name that is for tools only. */
export function initPackage(id: PackageRevID): ReadonlyMap<string, Uint8Array> {
  const context = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "package-context", annotations: { "config.kubernetes.io/local-config": "true" } },
    data: {
      package: id.package,
      ...(id.realm !== undefined && { realm: id.realm }),
      ...(id.target !== undefined && { target: id.target }),
    },
  };
  const encode = (text: string) => new TextEncoder().encode(text);
  return new Map([
    ["README.md", encode(`# ${id.package}\n\nSay here what the package is for and how it is used.\n`)],
    ["package-context.yaml", encode(stringify(context))],
  ]);
}
