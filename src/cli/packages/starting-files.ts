/** Files of a new package that show how it can be specialised; they render as they are. */
export type StartingFiles = "kform" | "kpt";

/** For tools that apply the whole folder. Argo CD knows no annotation, and leaves out files with this text. */
const FOR_TOOLS = "# For tools only, not for clusters (+argocd:skip-file-rendering).";

const KPTFILE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: package
  annotations:
    config.kubernetes.io/local-config: "true"
pipeline:
  mutators:
    - image: ghcr.io/kptdev/krm-functions-catalog/apply-setters:v0.2
      configPath: setters.yaml
`;

const setters = (name: string) => `${FOR_TOOLS}
# The values of the package: apply-setters puts them where a comment names them.
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}-setters
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  environment: staging
`;

const setObject = (name: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  environment: staging # kpt-set: \${environment}
`;

const blocks = (name: string) => `${FOR_TOOLS}
# The values of the package: spec.inputs of a draft take the place of the default.
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}-settings
  annotations:
    config.kubernetes.io/local-config: "true"
    kform.dev/block-type: input
    kform.dev/resource-id: settings
    kform.dev/default: "true"
data:
  environment: staging
---
# A render writes this object to the folder out. Its name is an expression: kustomize builds no two objects of one name.
apiVersion: v1
kind: ConfigMap
metadata:
  name: "['${name}', input.settings[0].data.environment].join('-')"
  annotations:
    config.kubernetes.io/local-config: "true"
    kform.dev/block-type: output
data:
  environment: input.settings[0].data.environment
`;

/** A name that is used as it is, and leaves room for an ending. */
const NAME = /^[a-z0-9](?:[-a-z0-9]{0,48}[a-z0-9])?$/;

/**
 * Path → text.
 * @param packageName is in the names of the objects: those of other packages of the target have others
 */
export function startingFiles(kind: StartingFiles, packageName: string): ReadonlyMap<string, string> {
  const name = NAME.test(packageName) ? packageName : "app";
  const files =
    kind === "kform"
      ? { "app.yaml": blocks(name) }
      : { Kptfile: KPTFILE, "app.yaml": setObject(name), "setters.yaml": setters(name) };
  return new Map(Object.entries(files));
}
