import { type Static, Type } from "typebox";
import { DNS_LABEL, rules, text } from "../schema/schema.ts";

/** The name of a Repository in the same namespace. */
export function repositoryName(description: string) {
  return text(description, 63, { minLength: 1, pattern: DNS_LABEL });
}

/** Folder names in Git need not be DNS labels. An admission policy requires labels of objects that users create. */
export function folder(description: string, max = 255) {
  return text(description, max, { minLength: 1 });
}

/** `package` is a reserved word of CEL; apiextensions.k8s.io/v1 escapes it as `__package__`. */
function escapeField(field: string): string {
  return field === "package" ? "__package__" : field;
}

export const packageRevID = Type.Object(
  {
    target: Type.Optional(folder("The target of the package, such as a cluster. `catalog`, or absent, in a catalog.")),
    repository: repositoryName("The Repository of the same namespace."),
    realm: Type.Optional(folder("The folders between target and package, separated by `/`.", 1024)),
    package: folder("The name of the package's folder."),
    revision: Type.Optional(
      folder("The published revision, such as v3. The operator sets it once; manifests leave it out."),
    ),
    workspace: folder("Distinguishes the drafts of one package, and names the draft's branch."),
  },
  {
    description: "The identity of the package revision. metadata.name is derived from it.",
    ...rules(
      ...["target", "realm"].map((field) => ({
        rule:
          `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == ` +
          `oldSelf.${field})`,
        message: `packageRevID.${field} is immutable`,
        reason: "FieldValueForbidden" as const,
      })),
      ...["repository", "package", "workspace"].map((field) => ({
        rule: `self.${escapeField(field)} == oldSelf.${escapeField(field)}`,
        message: `packageRevID.${field} is immutable`,
        reason: "FieldValueForbidden" as const,
      })),
      {
        // A manifest that replaces the object may leave it out: a policy keeps it, or the operator sets it again.
        rule: "!has(oldSelf.revision) || !has(self.revision) || self.revision == oldSelf.revision",
        message: "packageRevID.revision is immutable once set",
        reason: "FieldValueForbidden",
      },
    ),
  },
);

export type PackageRevID = Static<typeof packageRevID>;

export const upstream = Type.Object({
  target: Type.Optional(folder("The target of the source; absent for a catalog.")),
  repository: repositoryName("The Repository of the source, in the same namespace."),
  realm: Type.Optional(folder("The realm of the source.", 1024)),
  package: folder("The package of the source."),
  revision: Type.Optional(
    folder(
      "The published revision of the source. Absent: the latest. `main`: the current commit of " +
        "spec.git.ref of its Repository, released or not. status.upstreamLock has what was taken.",
    ),
  ),
});

/** As `upstream.revision`: the package's folder on main. */
export const MAIN_REVISION = "main";
