/** An author or committer of a commit. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** The domain of the addresses of users whose name is none, and of the operator's. */
const DOMAIN = "noreply.pkgserver.dev";

/** The author of changes that no known user requested, and the committer of all commits, unless others are set. */
export const OPERATOR: Person = { name: "pkgserver", email: `pkgserver@${DOMAIN}` };

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
  return { name, email: `${local === "" ? "user" : local}@${DOMAIN}` };
}

/** A person with an address of another domain, if it is one that was made from a name. */
export function withDomain({ name, email }: Person, domain: string | undefined): Person {
  const isMade = domain !== undefined && email.endsWith(`@${DOMAIN}`);
  return { name, email: isMade ? `${email.slice(0, -DOMAIN.length)}${domain}` : email };
}
