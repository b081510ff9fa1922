let count = 0;

/** A package revision of a workspace that no other one has. */
export function newRevision() {
  count += 1;
  return revisionOf(`w-${count}`);
}

/** A package revision of the package `net`, as a user would write it. */
export function revisionOf(workspace: string, id: Readonly<Record<string, string>> = {}) {
  const packageRevID = { target: "edge", repository: "deployments", package: "net", workspace, ...id };
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: `${packageRevID.target}.deployments.net.${workspace}` },
    spec: { packageRevID },
  };
}

/** The object that holds a package's files, or a page of them. */
export function contentsOf(name: string, spec: object = {}) {
  return { apiVersion: "pkg.pkgserver.dev/v1alpha1", kind: "PackageRevisionResources", metadata: { name }, spec };
}

/** A Repository with an address of its own unless `git` has one. */
export function repositoryOf(name: string, git: object = {}, spec: object = {}) {
  return {
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name },
    spec: { git: { url: "https://git.example.com/org/packages.git", ...git }, ...spec },
  };
}
