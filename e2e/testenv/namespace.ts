import { OPERATOR_ACCOUNT } from "../harness/install.ts";
import type { ApiClient } from "./api-client.ts";

/** alice edits, bob approves, carol administers packages, dave reads; admin is a cluster administrator. */
const ROLES = { alice: "editor", bob: "approver", carol: "admin", dave: "viewer" } as const;
export type User = keyof typeof ROLES | "admin";

const RBAC = "rbac.authorization.k8s.io";

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Creates a namespace with a role for each user. Requests instead of kubectl: every environment starts with them. */
export async function createUserNamespace(requestAs: ApiClient, namespace: string): Promise<void> {
  await apply(requestAs, `/api/v1/namespaces/${namespace}`, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const bindings = Object.entries(ROLES).map(([user, role]) =>
    apply(requestAs, `${rbacPath(namespace)}/rolebindings/${user}`, describeBinding(user, role)),
  );
  await Promise.all(bindings);
}

/**
 * Also with the rights that the chart gives the operator in its own namespace, and a Secret `git-auth` with these
 * credentials.
 */
export async function createNamespace(
  requestAs: ApiClient,
  namespace: string,
  credentials: Credentials,
): Promise<void> {
  await createUserNamespace(requestAs, namespace);
  await Promise.all([
    apply(requestAs, `${rbacPath(namespace)}/roles/operator`, OPERATOR_ROLE),
    apply(requestAs, `${rbacPath(namespace)}/rolebindings/operator`, OPERATOR_BINDING),
    apply(requestAs, `/api/v1/namespaces/${namespace}/secrets/git-auth`, describeSecret("git-auth", credentials)),
  ]);
}

function rbacPath(namespace: string): string {
  return `/apis/${RBAC}/v1/namespaces/${namespace}`;
}

async function apply(requestAs: ApiClient, path: string, object: object): Promise<void> {
  const { code, body } = await requestAs("admin", "apply", `${path}?fieldManager=testenv&force=true`, object);
  if (code >= 300) throw new Error(`apply ${path}: ${code} ${body.message}`);
}

function describeBinding(user: string, role: string): object {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name: user },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: `pkgserver-${role}` },
    subjects: [{ apiGroup: RBAC, kind: "User", name: user }],
  };
}

const OPERATOR_ROLE = {
  apiVersion: `${RBAC}/v1`,
  kind: "Role",
  metadata: { name: "operator" },
  rules: [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update", "patch"] },
    { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["pkgserver-signing-key"], verbs: ["get"] },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["pkgserver-allowed-signers"],
      verbs: ["get", "list", "watch", "update"],
    },
  ],
} as const;

const OPERATOR_BINDING = {
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name: "operator" },
  roleRef: { apiGroup: RBAC, kind: "Role", name: "operator" },
  subjects: [{ kind: "ServiceAccount", ...OPERATOR_ACCOUNT }],
} as const;

function describeSecret(name: string, { user, password }: Credentials): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    type: "kubernetes.io/basic-auth",
    stringData: { username: user, password },
  };
}
