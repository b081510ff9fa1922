import type { Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";
import { LABEL_LATEST } from "../../api/v1alpha1/well-known.ts";
import { objectName } from "../../core/identity/names.ts";
import type { Candidate } from "../names/query.ts";

interface Fields extends Partial<PackageRevID> {
  readonly lifecycle?: Lifecycle;
  readonly latest?: boolean;
}

/** A package revision as name resolution sees it: `edge1/web/storefront@first`, a draft of `deployments`. */
export function candidate({ lifecycle = "draft", latest = false, ...more }: Fields = {}): Candidate {
  const id = {
    target: "edge1",
    repository: "deployments",
    realm: "web",
    package: "storefront",
    workspace: "first",
    ...more,
  };
  const name = objectName(id.repository, id, id.workspace);
  return {
    metadata: { name, namespace: "ns", ...(latest && { labels: { [LABEL_LATEST]: "true" } }) },
    spec: { packageRevID: id },
    status: { observedGeneration: 1, lifecycle, ...(id.revision !== undefined && { revision: id.revision }) },
  };
}
