import { describe, expect, it } from "vitest";
import { type Manifest, readManifests } from "./manifests.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const CONFIG = "config.pkg.pkgserver.dev";
const PKG = "pkg.pkgserver.dev";
const READ = "get list watch";
const EDIT = `${READ} create update patch delete`;
const CRDS = [
  `repositories.${CONFIG}`,
  `packagevariants.${CONFIG}`,
  `packagerevisions.${PKG}`,
  `packagerevisionresourceses.${PKG}`,
];

const READ_EVENTS = { "/events": READ, "events.k8s.io/events": READ };

// Written out on purpose: a right that a role gains or loses must be gained or lost here as well.
const rights: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "ClusterRole pkgserver-viewer": {
    [`${CONFIG}/repositories`]: READ,
    [`${CONFIG}/packagevariants`]: READ,
    [`${CONFIG}/packagevariantsets`]: READ,
    [`${PKG}/packagerevisions`]: READ,
    [`${PKG}/packagerevisionresourceses`]: READ,
    ...READ_EVENTS,
  },
  "ClusterRole pkgserver-editor": {
    [`${CONFIG}/repositories`]: READ,
    [`${CONFIG}/packagevariants`]: EDIT,
    [`${CONFIG}/packagevariantsets`]: EDIT,
    [`${PKG}/packagerevisions`]: EDIT,
    [`${PKG}/packagerevisionresourceses`]: `${READ} update patch`,
    ...READ_EVENTS,
  },
  "ClusterRole pkgserver-approver": {
    [`${CONFIG}/repositories`]: READ,
    [`${CONFIG}/packagevariants`]: READ,
    [`${CONFIG}/packagevariantsets`]: READ,
    [`${PKG}/packagerevisions`]: `${READ} update patch delete`,
    [`${PKG}/packagerevisions/approval`]: "update",
    [`${PKG}/packagerevisionresourceses`]: READ,
    ...READ_EVENTS,
  },
  "ClusterRole pkgserver-admin": {
    [`${CONFIG}/repositories`]: `${EDIT} deletecollection`,
    [`${CONFIG}/packagevariants`]: `${EDIT} deletecollection`,
    [`${CONFIG}/packagevariantsets`]: `${EDIT} deletecollection`,
    [`${PKG}/packagerevisions`]: `${EDIT} deletecollection override-freeze`,
    [`${PKG}/packagerevisions/approval`]: "update",
    [`${PKG}/packagerevisionresourceses`]: `${READ} update patch`,
    ...READ_EVENTS,
  },
  "ClusterRole pkgserver-operator": {
    [`${CONFIG}/repositories`]: `${READ} update patch`,
    [`${CONFIG}/packagevariantsets`]: `${READ} update patch`,
    [`${CONFIG}/packagevariants`]: EDIT,
    [`${CONFIG}/repositories/status`]: "get update patch",
    [`${CONFIG}/packagevariants/status`]: "get update patch",
    [`${CONFIG}/packagevariantsets/status`]: "get update patch",
    [`${CONFIG}/repositories/finalizers`]: "update",
    [`${CONFIG}/packagevariantsets/finalizers`]: "update",
    [`${PKG}/packagerevisions`]: EDIT,
    [`${PKG}/packagerevisionresourceses`]: EDIT,
    [`${PKG}/packagerevisions/status`]: "get update patch",
    [`${PKG}/packagerevisionresourceses/status`]: "get update patch",
    [`${PKG}/packagerevisions/finalizers`]: "update",
    "/secrets": READ,
    "events.k8s.io/events": "create patch",
  },
  "ClusterRole pkgserver-operator-cluster": {
    "/namespaces": "get",
    [`apiextensions.k8s.io/customresourcedefinitions ${CRDS.join(" ")}`]: "get",
    "admissionregistration.k8s.io/validatingadmissionpolicies": READ,
    "admissionregistration.k8s.io/validatingadmissionpolicybindings": READ,
    "admissionregistration.k8s.io/mutatingadmissionpolicies": READ,
    "admissionregistration.k8s.io/mutatingadmissionpolicybindings": READ,
    "authorization.k8s.io/subjectaccessreviews": "create",
  },
  "Role pkgserver-system/pkgserver-operator": {
    "coordination.k8s.io/leases": "get create update",
    "/secrets": "create",
    "/configmaps": "create",
    "/secrets pkgserver-signing-key": READ,
    "/configmaps pkgserver-allowed-signers": `${READ} update`,
  },
};

/** Kubernetes' own roles `view`, `edit` and `admin` take up what carries these labels; an approver is part of none. */
const aggregatedTo: Readonly<Record<string, string>> = {
  "ClusterRole pkgserver-viewer": "view",
  "ClusterRole pkgserver-editor": "edit",
  "ClusterRole pkgserver-admin": "admin",
};

const manifests = [...readManifests("helm/pkgserver/files/roles").values()].flat();
const keyOf = ({ kind, metadata: { namespace, name } }: Manifest) =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
const ofKind = (...kinds: readonly string[]) => manifests.filter(({ kind }) => kinds.includes(kind));

function rightsOf(role: Manifest): Readonly<Record<string, string>> {
  const entries = (role.rules as readonly Rule[]).flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => [[`${group}/${resource}`, ...resourceNames].join(" "), verbs.join(" ")] as const),
    ),
  );
  const byResource = new Map(entries);
  // Two rules of one resource would hide each other in the table.
  expect(byResource.size).toBe(entries.length);
  return Object.fromEntries(byResource);
}

describe("manifests of roles", () => {
  it("grant exactly the rights in the table of this test", () => {
    const roles = ofKind("ClusterRole", "Role");
    expect(Object.fromEntries(roles.map((role) => [keyOf(role), rightsOf(role)]))).toEqual(rights);
    for (const role of roles) expect(Object.keys(role).toSorted()).toEqual(["apiVersion", "kind", "metadata", "rules"]);
  });

  it("become part of Kubernetes' own roles only as in the table of this test", () => {
    for (const role of ofKind("ClusterRole", "Role")) {
      const target = aggregatedTo[keyOf(role)];
      const labels = target && { [`rbac.authorization.k8s.io/aggregate-to-${target}`]: "true" };
      expect({ role: keyOf(role), labels: (role.metadata as { labels?: object }).labels }).toEqual({
        role: keyOf(role),
        labels,
      });
    }
  });

  it("bind the operator's roles to its ServiceAccount alone, and no other role at all", () => {
    const bindings = ofKind("ClusterRoleBinding", "RoleBinding").map((binding) => ({
      binding: keyOf(binding),
      role: binding.roleRef as { kind: string; name: string; apiGroup: string },
      subjects: binding.subjects,
    }));
    const apiGroup = "rbac.authorization.k8s.io";
    const subjects = [{ kind: "ServiceAccount", name: "pkgserver", namespace: "pkgserver-system" }];
    const clusterRole = (name: string) => ({ apiGroup, kind: "ClusterRole", name });
    expect(bindings).toEqual([
      {
        binding: "ClusterRoleBinding pkgserver-operator",
        role: clusterRole("pkgserver-operator"),
        subjects,
      },
      {
        binding: "ClusterRoleBinding pkgserver-operator-cluster",
        role: clusterRole("pkgserver-operator-cluster"),
        subjects,
      },
      {
        binding: "RoleBinding pkgserver-system/pkgserver-operator",
        role: { apiGroup, kind: "Role", name: "pkgserver-operator" },
        subjects,
      },
    ]);
  });

  it("consist of roles, bindings, the operator's ServiceAccount and its namespace", () => {
    const rest = manifests.filter(({ kind }) => !/Role$|RoleBinding$/.test(kind)).map(keyOf);
    expect(rest).toEqual(["Namespace pkgserver-system", "ServiceAccount pkgserver-system/pkgserver"]);
  });
});
