/**
 * The value of an annotation that names users, one a line, the last one last, after a change by this user. The API
 * server fills in these annotations since Kubernetes 1.36; before, the client has to, where four eyes are required.
 */
export function withUser(names: string | undefined, user: string): string {
  const me = oneLine(user);
  const others = (names ?? "").split("\n").filter((name) => name !== "" && name !== me);
  return [...others, me].join("\n");
}

/** As admission policies compare names: an identity provider may allow line breaks. */
export function oneLine(user: string): string {
  return user.replaceAll("\n", " ");
}
