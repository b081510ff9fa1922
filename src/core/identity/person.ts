/** An author or committer. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** Who writes what nobody asked for by name. */
export const OPERATOR: Person = { name: "pkgserver", email: "pkgserver@noreply.pkgserver.dev" };

/** A Kubernetes user as a Git author: cleaned of what Git's headers cannot hold. */
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
