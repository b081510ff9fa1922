import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ALL_TRANSPORTS, parseRemoteUrl } from "../../core/identity/url.ts";
import { keysOf } from "../shared/indexes.ts";
import { identityOf, mirrorId } from "./mirror-identity.ts";

export const repositoryIndexes = {
  /** `namespace/name` of the Secrets: of the credentials, and of the keys of `spec.verification`. */
  secrets: ({ metadata, spec }: Repository) =>
    [spec.git?.credentials, spec.verification?.secretRef?.name].flatMap((name) => keysOf(metadata.namespace, name)),
  /** The id of the mirror that it uses, or would use if its transport was allowed. */
  mirror: (repository: Repository) => {
    const remote = parseRemoteUrl(repository.spec.git?.url ?? "", ALL_TRANSPORTS);
    return "problem" in remote ? [] : [mirrorId(identityOf(repository, remote))];
  },
};

export type RepositoryIndex = keyof typeof repositoryIndexes;
