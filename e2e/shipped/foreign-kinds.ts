/** The part of a field's type that a stand-in checks. */
type Shape = "string" | "boolean" | { readonly [field: string]: Shape };

interface ForeignKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly spec: Shape;
}

/** The fields that the examples use, with their types in the CRDs of the GitOps tools. */
const KINDS: readonly ForeignKind[] = [
  {
    group: "source.toolkit.fluxcd.io",
    version: "v1",
    kind: "GitRepository",
    plural: "gitrepositories",
    spec: {
      interval: "string",
      url: "string",
      ref: { branch: "string", tag: "string" },
      secretRef: { name: "string" },
    },
  },
  {
    group: "kustomize.toolkit.fluxcd.io",
    version: "v1",
    kind: "Kustomization",
    plural: "kustomizations",
    spec: {
      interval: "string",
      path: "string",
      prune: "boolean",
      sourceRef: { kind: "string", name: "string" },
      targetNamespace: "string",
    },
  },
  {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Application",
    plural: "applications",
    spec: {
      project: "string",
      source: {
        repoURL: "string",
        targetRevision: "string",
        path: "string",
        directory: { recurse: "boolean", include: "string", exclude: "string" },
      },
      destination: { server: "string", namespace: "string" },
      syncPolicy: { automated: { prune: "boolean", selfHeal: "boolean" } },
    },
  },
];

/** Small CRDs in place of the tools' own: a field that these do not know is refused by strict validation. */
export function standInCrds(): readonly object[] {
  return KINDS.map(({ group, version, kind, plural, spec }) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec: toSchema(spec) } } },
        },
      ],
    },
  }));
}

function toSchema(shape: Shape): object {
  if (typeof shape === "string") return { type: shape };
  const properties = Object.entries(shape).map(([field, inner]) => [field, toSchema(inner)]);
  return { type: "object", properties: Object.fromEntries(properties) };
}
