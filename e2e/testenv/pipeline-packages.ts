import type { Condition } from "../../src/api/v1alpha1/conditions.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";

/** A Kptfile whose pipeline is one function; the image is in line 8. */
export function kptfile(name: string, image: string): string {
  const head = `apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: ${name}\npipeline:\n  mutators:\n`;
  return `${head}  # The only one.\n  - image: ${image}\n    configMap:\n      namespace: ${name}\n`;
}

const NAMESPACE_SETTER = "gcr.io/kpt-fn/set-namespace:v0.4.1";

/** A package whose render sets a namespace. */
export function renderedFiles(name: string) {
  return {
    Kptfile: kptfile(name, NAMESPACE_SETTER),
    "app.yaml": "# Kept.\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app # too\n",
  } as const;
}

export function conditionOf({ status }: Pick<PackageRevision, "status">, type: string): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}
