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

const SETTERS = `${FOR_TOOLS}
# The values of the package: apply-setters puts them where a comment names them.
apiVersion: v1
kind: ConfigMap
metadata:
  name: setters
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  environment: staging
`;

const SET_OBJECT = `apiVersion: v1
kind: ConfigMap
metadata:
  name: app
data:
  environment: staging # kpt-set: \${environment}
`;

const BLOCKS = `${FOR_TOOLS}
# The values of the package: spec.inputs of a draft take the place of the default.
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations:
    config.kubernetes.io/local-config: "true"
    kform.dev/block-type: input
    kform.dev/default: "true"
data:
  environment: staging
---
# A render writes this object to the folder out.
apiVersion: v1
kind: ConfigMap
metadata:
  name: app
  annotations:
    config.kubernetes.io/local-config: "true"
    kform.dev/block-type: output
data:
  environment: input.settings[0].data.environment
`;

/** Path → text. */
export function startingFiles(kind: StartingFiles): ReadonlyMap<string, string> {
  const files =
    kind === "kform" ? { "app.yaml": BLOCKS } : { Kptfile: KPTFILE, "app.yaml": SET_OBJECT, "setters.yaml": SETTERS };
  return new Map(Object.entries(files));
}
