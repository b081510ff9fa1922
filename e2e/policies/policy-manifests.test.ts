import { describe, expect, it } from "vitest";
import { type Manifest, readManifests } from "./manifests.ts";

const VALIDATING = "helm/pkgserver/files/policies";
const MUTATING = "helm/pkgserver/files/policies/mutating";

/** The operator's own ServiceAccount and no other user; the chart replaces the namespace by that of its release. */
const EXEMPTION = {
  name: "not-the-operator",
  expression: "request.userInfo.username != 'system:serviceaccount:pkgserver-system:pkgserver'",
};

const TERMINATING = { name: "terminating", expression: "has(oldObject.metadata.deletionTimestamp)" };

interface Scope {
  readonly apiGroup?: string;
  readonly operations: readonly string[];
  /** Separated by spaces. */
  readonly resource: string;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}

const onRevisions = (operations: readonly string[], ...more: Scope["matchConditions"]): Scope => ({
  operations,
  resource: "packagerevisions",
  matchConditions: [EXEMPTION, ...more],
});
const onVariants = (operations: readonly string[]): Scope => ({
  apiGroup: "config.pkg.pkgserver.dev",
  operations,
  resource: "packagevariants packagevariantsets",
  matchConditions: [EXEMPTION],
});
const onContents = (operations: readonly string[]): Scope => ({
  operations,
  resource: "packagerevisionresourceses",
  matchConditions: [EXEMPTION],
});

// Written out on purpose: a change of what a policy applies to, or of whom it exempts, must be made here as well.
const validatingScopes: Readonly<Record<string, Scope>> = {
  approval: onRevisions(["CREATE", "UPDATE"]),
  "approval-ahead": onRevisions(["CREATE", "UPDATE"]),
  "automatic-approval": {
    apiGroup: "config.pkg.pkgserver.dev",
    operations: ["CREATE", "UPDATE"],
    resource: "repositories",
    matchConditions: [
      {
        name: "has-automatic-rules",
        expression:
          "has(object.spec.approval) && has(object.spec.approval.automatic) &&" +
          " object.spec.approval.automatic.size() > 0",
      },
      { name: "spec-changes", expression: "oldObject == null || object.spec != oldObject.spec" },
    ],
  },
  changer: onRevisions(["CREATE", "UPDATE"]),
  "co-approval": onRevisions(["CREATE", "UPDATE"], {
    name: "has-approvals",
    expression:
      "has(object.spec.approvals) || has(object.spec.approval) || (oldObject != null && has(oldObject.spec.approvals))",
  }),
  contents: onContents(["CREATE", "UPDATE", "DELETE"]),
  "contents-status": {
    operations: ["UPDATE"],
    resource: "packagerevisionresourceses/status",
    matchConditions: [EXEMPTION],
  },
  credentials: {
    apiGroup: "config.pkg.pkgserver.dev",
    operations: ["CREATE", "UPDATE"],
    resource: "repositories",
    matchConditions: [
      { name: "names-a-secret", expression: "has(object.spec.git) && has(object.spec.git.credentials)" },
      {
        name: "secret-address-or-binding-changes",
        expression:
          "oldObject == null || !has(oldObject.spec.git) || !has(oldObject.spec.git.credentials)" +
          " || object.spec.git.credentials != oldObject.spec.git.credentials" +
          " || object.spec.git.url != oldObject.spec.git.url" +
          " || (oldObject.metadata.?annotations['pkg.pkgserver.dev/bound-credentials'].orValue('') == 'true'" +
          " && object.metadata.?annotations['pkg.pkgserver.dev/bound-credentials'].orValue('') != 'true')",
      },
    ],
  },
  deletion: onRevisions(["DELETE"]),
  edits: onContents(["UPDATE"]),
  "frozen-spec": onRevisions(["UPDATE"], {
    name: "frozen",
    expression: "has(oldObject.status) && has(oldObject.status.lifecycle) && oldObject.status.lifecycle != 'draft'",
  }),
  gates: { operations: ["UPDATE"], resource: "packagerevisions/status", matchConditions: [EXEMPTION] },
  lifecycle: onRevisions(["CREATE", "UPDATE"]),
  names: onRevisions(["CREATE"]),
  proposer: onRevisions(["CREATE", "UPDATE"]),
  rebase: onRevisions(["CREATE", "UPDATE"], {
    name: "asks-for-a-rebase",
    expression:
      "has(object.metadata.annotations) && 'pkg.pkgserver.dev/rebase-requested-by' in object.metadata.annotations",
  }),
  reserved: onRevisions(["CREATE", "UPDATE"]),
  terminating: onRevisions(["UPDATE"], TERMINATING),
  "terminating-repository": {
    apiGroup: "config.pkg.pkgserver.dev",
    operations: ["UPDATE"],
    resource: "repositories",
    matchConditions: [EXEMPTION, TERMINATING],
  },
  variant: onVariants(["CREATE", "UPDATE", "DELETE"]),
  verification: {
    apiGroup: "config.pkg.pkgserver.dev",
    operations: ["CREATE", "UPDATE"],
    resource: "repositories",
    matchConditions: [
      {
        name: "names-a-secret",
        expression: "has(object.spec.verification) && has(object.spec.verification.secretRef)",
      },
      {
        name: "secret-changes",
        expression:
          "oldObject == null || !has(oldObject.spec.verification) || !has(oldObject.spec.verification.secretRef)" +
          " || object.spec.verification.secretRef.name != oldObject.spec.verification.secretRef.name",
      },
    ],
  },
};

const mutatingScopes: Readonly<Record<string, Scope>> = {
  approval: onRevisions(["UPDATE"], {
    name: "says-lifecycle",
    expression: "has(object.spec.lifecycle) && has(oldObject.spec.lifecycle)",
  }),
  "approval-ahead": onRevisions(["CREATE", "UPDATE"]),
  changer: onRevisions(["CREATE", "UPDATE"]),
  "co-approval": onRevisions(["UPDATE"], {
    name: "has-approvals",
    expression: "has(object.spec.approvals) || has(object.spec.approval) || has(oldObject.spec.approvals)",
  }),
  edits: onContents(["UPDATE"]),
  proposer: onRevisions(["CREATE", "UPDATE"]),
  reserved: onRevisions(["UPDATE"]),
  variant: onVariants(["CREATE", "UPDATE"]),
};

/** Everything of a policy but its rules; any further field, such as a namespaceSelector, makes the comparison fail. */
function policyWithout(manifest: Manifest, ...rules: readonly string[]): object {
  const spec = Object.entries(manifest.spec as object).filter(([field]) => !rules.includes(field));
  return { ...manifest, spec: Object.fromEntries(spec) };
}

function describePolicy(kind: string, file: string, scope: Scope): object {
  const { apiGroup = "pkg.pkgserver.dev", operations, resource, matchConditions } = scope;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: `pkgserver-${file}` },
    spec: {
      failurePolicy: "Fail",
      ...(kind === "MutatingAdmissionPolicy" && { reinvocationPolicy: "Never" }),
      matchConstraints: {
        resourceRules: [
          { apiGroups: [apiGroup], apiVersions: ["v1alpha1"], operations, resources: resource.split(" ") },
        ],
      },
      matchConditions,
    },
  };
}

function describeBinding(kind: string, file: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}Binding`,
    metadata: { name: `pkgserver-${file}` },
    spec: {
      policyName: `pkgserver-${file}`,
      ...(kind === "ValidatingAdmissionPolicy" && { validationActions: ["Deny"] }),
    },
  };
}

describe.each([
  { kind: "ValidatingAdmissionPolicy", folder: VALIDATING, scopes: validatingScopes },
  { kind: "MutatingAdmissionPolicy", folder: MUTATING, scopes: mutatingScopes },
])("manifests of every $kind", ({ kind, folder, scopes }) => {
  const manifests = readManifests(folder);

  it("are all in the table of this test", () => {
    expect([...manifests.keys()].toSorted()).toEqual(Object.keys(scopes).toSorted());
  });

  it.each(Object.keys(scopes))("%s fails closed, with exactly its scope and exemptions, everywhere", (file) => {
    const [policy, binding, ...rest] = manifests.get(file) ?? [];
    expect(rest).toEqual([]);
    expect(policyWithout(policy as Manifest, "variables", "validations", "mutations")).toEqual(
      describePolicy(kind, file, scopes[file] as Scope),
    );
    expect(binding).toEqual(describeBinding(kind, file));
  });
});
