import { repositoryOf } from "./objects.ts";
import type { PolicyTestEnv, User } from "./testenv.ts";

/** Asks for the creation of a Repository, without one. */
export async function tryToCreate(
  env: PolicyTestEnv,
  user: User,
  name: string,
  git: object,
  spec: object = {},
  annotations: object = {},
) {
  const repository = repositoryOf(name, git, spec);
  const body = { ...repository, metadata: { name, annotations } };
  return env.requestAs(user, "create", `${env.repositories}?dryRun=All`, body);
}
