import { OPERATOR_ACCOUNT } from "../harness/install.ts";
import type { ApiClient } from "./api-client.ts";
import type { TestEnv } from "./testenv.ts";

const RBAC = "rbac.authorization.k8s.io";
/** The operator's user, as the API server names it. */
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_ACCOUNT.namespace}:${OPERATOR_ACCOUNT.name}`;

/** What the administrator of a namespace does for users and ServiceAccounts. */
export interface Rights {
  /** Creates an object; `NAMESPACE` in the path is that of the test. */
  create(path: string, object: object): Promise<void>;
  /** Lets a user do what a rule says, by a Role and a RoleBinding of this name. */
  grant(name: string, rule: object, user: string): Promise<void>;
  /** Creates a ServiceAccount for which the operator may create tokens. Returns its user. */
  createAccount(name: string): Promise<string>;
}

/** Requests that fail throw. */
export function createRights({ namespace }: Pick<TestEnv, "namespace">, requestAs: ApiClient): Rights {
  const create: Rights["create"] = async (path, object) => {
    const { code, body } = await requestAs("admin", "create", path.replace("NAMESPACE", namespace), object);
    if (code !== 201) throw new Error(`create ${path}: ${code} ${body.message}`);
  };
  const grant: Rights["grant"] = async (name, rule, user) => {
    await create(`${RBAC}/v1/namespaces/NAMESPACE/roles`, { metadata: { name }, rules: [rule] });
    await create(`${RBAC}/v1/namespaces/NAMESPACE/rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: "Role", name },
      subjects: [{ apiGroup: RBAC, kind: "User", name: user }],
    });
  };
  return {
    create,
    grant,
    createAccount: async (name) => {
      await create("/api/v1/namespaces/NAMESPACE/serviceaccounts", { metadata: { name } });
      const resources = ["serviceaccounts/token"];
      const tokens = { apiGroups: [""], resources, resourceNames: [name], verbs: ["create"] };
      await grant(`${name}-tokens`, tokens, OPERATOR_USER);
      return `system:serviceaccount:${namespace}:${name}`;
    },
  };
}
