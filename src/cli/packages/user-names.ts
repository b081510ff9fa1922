import { asRecorded, recordedNames } from "../../core/identity/recorded-names.ts";

/**
 * The value of an annotation that names users, one a line, the last one last, after a change by this user. The API
 * server fills in these annotations since Kubernetes 1.36; before, the client has to, where four eyes are required.
 */
export function withUser(names: string | undefined, user: string): string {
  const me = asRecorded(user);
  const others = recordedNames(names).filter((name) => name !== me);
  return [...others, me].join("\n");
}
