import type { Repository } from "../../api/v1alpha1/repository.ts";
import { validateRepository } from "../../core/repository/validate-repository.ts";
import type { RepositoryContext } from "./context.ts";

/** `validateRepository` among the Repositories of its namespace. */
export function validateIn(
  context: Pick<RepositoryContext, "byAge" | "allowedTransports" | "maxRepositories">,
  repository: Repository,
): ReturnType<typeof validateRepository> {
  const oldest = context.byAge.oldest(repository.metadata.namespace, context.maxRepositories);
  return validateRepository(repository, oldest, context);
}
