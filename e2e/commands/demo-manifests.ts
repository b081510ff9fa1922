import { stringify } from "yaml";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";

/** Manifests of the two Repositories of the demo. `catalogRef`: the branch of the catalog's packages. */
export function repositoriesManifest(gitServer: string, catalogRef: string): string {
  const repository = (name: string, deployment: boolean, ref = "main") => ({
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name, namespace: "default" },
    spec: {
      deployment,
      git: { url: `${gitServer}/${name}.git`, ...(ref !== "main" && { ref }), credentials: "git-auth" },
    },
  });
  return [repository("catalog", false, catalogRef), repository("deployments", true)]
    .map((one) => stringify(one))
    .join("---\n");
}

/**
 * The package revision that the demo clones: the first latest revision with at most 20 files, else the first latest
 * one.
 */
export function chooseBlueprint(revisions: readonly PackageRevision[]): PackageRevision {
  const latest = revisions.filter((one) => one.metadata.labels?.["pkg.pkgserver.dev/latest"] === "true");
  const small = latest.filter((one) => (one.status?.files ?? 0) <= 20);
  const [first] = small.length > 0 ? small : latest;
  if (first === undefined) throw new Error("the catalog has no published revision");
  return first;
}

export interface Draft {
  readonly metadata: { readonly name: string };
  /** The package's folder, from the repository's root. */
  readonly path: string;
  readonly yaml: string;
}

/** A clone of a blueprint for the target edge1. */
export function draftManifest(blueprint: PackageRevision, workspace: string): Draft {
  const { repository, realm, package: name, revision } = blueprint.spec.packageRevID;
  const target = "edge1";
  const inRealm = realm === undefined ? {} : { realm };
  const object = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: {
      name: [target, "deployments", ...(realm?.split("/") ?? []), name, workspace].join("."),
      namespace: "default",
    },
    spec: {
      packageRevID: { target, repository: "deployments", ...inRealm, package: name, workspace },
      tasks: [{ type: "clone" }],
      upstream: { repository, ...inRealm, package: name, revision },
    },
  };
  const path = [target, realm, name].filter((part) => part !== undefined).join("/");
  return { metadata: object.metadata, path, yaml: stringify(object) };
}
