import { describe, expect, it } from "vitest";
import { readManifests } from "./manifests.ts";

const HOST = "([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?";
const USER = "[A-Za-z0-9_][A-Za-z0-9._-]*@";
const PATH = "[^\\x00-\\x20\\x7f?#\\\\]+";
const HOST_ONLY = HOST.replace("(:[0-9]{1,5})?", "");
const SCP_START = "([^-:/\\x00-\\x20\\x7f?#\\\\]|/[^/])";
const NOT_IN_REFS =
  "[\\x00-\\x20\\x7f~^:?*\\[\\\\]|^[-+]|\\.\\.|@\\{|^@$|//|^/|/$|(^|/)\\.|\\.$|\\.[lL][oO][cC][kK](/|$)";
const unchanged = (field: string) => `self.${field} == oldSelf.${field}`;
const presenceKept = (field: string) => `has(self.${field}) == has(oldSelf.${field})`;
const optionalUnchanged = (field: string) => `${presenceKept(field)} && (!has(self.${field}) || ${unchanged(field)})`;

// Written out on purpose: a rule that is added, weakened or dropped in src/api must be changed here as well. The tests
// against an API server beside this file show what each rule refuses.
const VALUES_FIT = "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)";

const CONTEXT_KEYS = ["annotations", "labels"].map(
  (field) =>
    `!has(self.${field}) || self.${field}.all(key, ` +
    (field === "labels" ? "key == 'pkg.pkgserver.dev/release' || " : "") +
    "!key.matches('^([^/]*[.])?(pkgserver[.]dev|kubernetes[.]io|k8s[.]io)/'))",
);

const DURATION_OF_A_WINDOW =
  "self.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('8760h')";

const expected: Readonly<Record<string, readonly string[]>> = {
  "repositories.spec.type": ["self == oldSelf"],
  "repositories.spec.deployment": ["self == oldSelf"],
  "repositories.spec.git": [presenceKept("directory")],
  "repositories.spec.git.url": [
    "self == oldSelf",
    "!self.matches(r'^(ssh://[^/@]*:[^/@]*|https?://[^/]*)@')",
    `self.matches(r'^(https?://${HOST}/${PATH}|ssh://(${USER})?${HOST}/${PATH}|file:///${PATH}` +
      `|${USER}${HOST_ONLY}:${SCP_START}${PATH})$')`,
  ],
  "repositories.spec.git.ref": [`!self.matches(r'${NOT_IN_REFS}|^refs/|^HEAD$')`],
  "repositories.spec.git.directory": ["self == oldSelf", `!self.matches(r'${NOT_IN_REFS}')`],
  "repositories.spec.packageMetadata.prefixes[]": [
    "!self.matches('(^|[.])(kubernetes[.]io|k8s[.]io|pkgserver[.]dev)$')",
  ],
  "repositories.spec.approval.automatic[]": ["has(self.expression) || (has(self.initial) && self.initial)"],
  "repositories.spec.approval.rules[]": ["has(self.groups) || has(self.required)"],
  "repositories.spec.clusterData.kinds[]": ["!(self.apiVersion == 'v1' && self.kind == 'Secret')"],
  "repositories.spec.policies[].match.labelSelector.matchExpressions[]": [VALUES_FIT],
  "repositories.spec.policies[].exclude.labelSelector.matchExpressions[]": [VALUES_FIT],
  "repositories.spec.sync.interval": [
    "self.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$')" +
      " && duration(self) >= duration('1s') && duration(self) <= duration('24h')",
  ],
  "packagevariantsets.spec.rollout.steps[]": [
    "[has(self.count), has(self.percent), has(self.selector)].filter(one, one).size() == 1",
  ],
  "packagevariantsets.spec.rollout.steps[].pause.duration": [DURATION_OF_A_WINDOW],
  "packagevariantsets.spec.rollout.steps[].window.duration": [DURATION_OF_A_WINDOW],
  "repositories.spec.freezes[].duration": [DURATION_OF_A_WINDOW],
  "repositories.spec.deletedDrafts.retention": [
    "self.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$')" +
      " && duration(self) >= duration('0s') && duration(self) <= duration('87600h')",
  ],
  "packagevariants.spec.packageContext": CONTEXT_KEYS,
  "packagevariantsets.spec.template.packageContext": CONTEXT_KEYS,
  "packagevariantsets.spec.targets[]": [
    "[has(self.list), has(self.repositories), has(self.objects), has(self.matrix)].filter(one, one).size() == 1",
  ],
  "packagevariantsets.spec.targets[].matrix[]": [
    "[has(self.list), has(self.repositories), has(self.objects)].filter(one, one).size() == 1",
  ],
  repositories: [
    "(has(self.spec.type) && self.spec.type == 'oci') || has(self.spec.git)",
    "!has(self.spec.git) || !has(oldSelf.spec.git) || self.spec.git.ref == oldSelf.spec.git.ref" +
      " || (has(oldSelf.status) && has(oldSelf.status.conditions)" +
      " && oldSelf.status.conditions.exists(c, c.type == 'Ready' && c.reason == 'BranchNotFound'))",
    "self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')" +
      " && !self.metadata.name.matches('^[0-9]+$')",
  ],
  "packagerevisions.spec.packageRevID": [
    optionalUnchanged("target"),
    optionalUnchanged("realm"),
    unchanged("repository"),
    unchanged("__package__"),
    unchanged("workspace"),
    "!has(oldSelf.revision) || !has(self.revision) || self.revision == oldSelf.revision",
  ],
  "packagerevisions.spec.tasks": ["self == oldSelf"],
  "packagerevisions.spec.upstream": ["self == oldSelf"],
  "packagerevisions.spec.upgradeStrategy": ["self == oldSelf"],
  "packagerevisions.spec": [presenceKept("tasks"), presenceKept("upstream"), presenceKept("upgradeStrategy")],
  packagerevisionresourceses: [
    "(has(oldSelf.status) && has(oldSelf.status.frozen) && !oldSelf.status.frozen) || self.spec == oldSelf.spec",
  ],
};

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string }[];
}

/** Path of a field → its rules, of the schema and everything below it. */
function collectRules(schema: Schema, path: string): readonly (readonly [string, readonly string[]])[] {
  const rules = schema["x-kubernetes-validations"]?.map(({ rule }) => rule) ?? [];
  const { items, additionalProperties } = schema;
  const children: readonly (readonly [string, Schema])[] = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]) => [`${path}.${name}`, child] as const),
    ...(items !== undefined ? [[`${path}[]`, items] as const] : []),
    ...(typeof additionalProperties === "object" ? [[`${path}{}`, additionalProperties] as const] : []),
  ];
  return [...(rules.length > 0 ? [[path, rules] as const] : []), ...children.flatMap(([p, s]) => collectRules(s, p))];
}

interface CrdSpec {
  readonly names: { readonly plural: string };
  readonly scope: string;
  readonly versions: readonly {
    readonly schema: { readonly openAPIV3Schema: Schema };
    readonly [field: string]: unknown;
  }[];
}

const specs = [...readManifests("crds").values()].flat().map(({ spec }) => spec as CrdSpec);

describe("validation rules in the CRDs", () => {
  it("are exactly those in the table of this test", () => {
    const found = specs.flatMap(({ names, versions }) =>
      versions.flatMap(({ schema }) => collectRules(schema.openAPIV3Schema, names.plural)),
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it("hold for the one version of each kind, whose status is a subresource that spec cannot be written through", () => {
    for (const { scope, versions } of specs) {
      expect(scope).toBe("Namespaced");
      expect(
        versions.map(({ name, served, storage, subresources }) => ({ name, served, storage, subresources })),
      ).toEqual([{ name: "v1alpha1", served: true, storage: true, subresources: { status: {} } }]);
    }
  });
});
