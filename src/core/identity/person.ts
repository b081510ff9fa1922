/** An author or committer of a commit. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** The author of changes that no known user requested, and the committer of all commits. */
export const OPERATOR: Person = { name: "pkgserver", email: "pkgserver@noreply.pkgserver.dev" };

/** A Kubernetes user as a Git author, without the characters that Git's headers cannot hold. */
export function personOf(user: string | undefined): Person {
  const name = (user ?? "")
    .replace(/[<>\x00-\x1f\x7f]/g, "")
    .trim()
    .slice(0, 200)
    .toWellFormed()
    .trim();
  if (name === "") return OPERATOR;
  if (/^[^@\s]+@[^@\s]+$/.test(name)) return { name, email: name };
  const local = name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");
  return { name, email: `${local === "" ? "user" : local}@noreply.pkgserver.dev` };
}
