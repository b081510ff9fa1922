import { CATALOG_TARGET } from "../../core/identity/location.ts";

/** What the name of a package revision's object says. */
export interface NamedParts {
  readonly repository: string;
  /** `[TARGET/][REALM/]PACKAGE`, as a path in its Repository. */
  readonly path: string;
  readonly workspace: string;
}

/**
 * Reads `TARGET.REPOSITORY.REALM.PACKAGE.WORKSPACE`, with `.` or, as pkgctl has it, `:` in the realm, which may be
 * missing. Undefined for a text of another form. Only for names that a user makes: a folded name cannot be read.
 */
export function parseObjectName(text: string): NamedParts | undefined {
  const parts = text.split(".");
  const [target, repository, ...rest] = parts;
  const workspace = rest.pop();
  const name = rest.pop();
  if (parts.includes("") || text.includes("/") || target === undefined || repository === undefined) return undefined;
  if (workspace === undefined || name === undefined) return undefined;
  const realm = rest.flatMap((part) => part.split(":"));
  return { repository, path: [...(target === CATALOG_TARGET ? [] : [target]), ...realm, name].join("/"), workspace };
}
