import type { GitRepositories } from "../harness/git-repositories.ts";
import { DEPLOYMENTS } from "./package.ts";
import { seedDeployments, seedDrafts } from "./seed.ts";

/** A Repository of a scale scenario. */
export interface ScaleRepository {
  readonly namespace: string;
  readonly name: string;
  /** Its name on the git server. */
  readonly onServer: string;
  /** Package revisions in it. */
  readonly revisions: number;
}

/** What a scale scenario has many of. */
export interface Shape {
  readonly letter: "i" | "j" | "k";
  readonly lifecycle: "published" | "draft";
  what(count: number): string;
  /** Creates the repositories on the git server. */
  seed(git: GitRepositories, count: number): Promise<readonly ScaleRepository[]>;
}

const REPOSITORIES_EACH = 4;
const REVISIONS_EACH = 8;

export const SHAPES: readonly Shape[] = [
  {
    letter: "i",
    lifecycle: "published",
    what: (count) => `${count} of one package`,
    seed: async (git, count) => {
      const one = repositoryOf(`scale-i-${count}`, DEPLOYMENTS, count);
      await seedDeployments(git, one.onServer, count, count);
      return [one];
    },
  },
  {
    letter: "j",
    lifecycle: "published",
    what: (count) => `${count} Repositories of ${REVISIONS_EACH}`,
    seed: async (git, count) => {
      const all = Array.from({ length: count }, (_, at) => {
        const [namespace, name] = [Math.floor(at / REPOSITORIES_EACH), at % REPOSITORIES_EACH];
        return repositoryOf(`scale-j-${count}-${namespace}`, `${DEPLOYMENTS}-${name}`, REVISIONS_EACH);
      });
      for (const { onServer, revisions } of all) await seedDeployments(git, onServer, revisions);
      return all;
    },
  },
  {
    letter: "k",
    lifecycle: "draft",
    what: (count) => `${count} drafts`,
    seed: async (git, count) => {
      const one = repositoryOf(`scale-k-${count}`, DEPLOYMENTS, count);
      await seedDrafts(git, one.onServer, count);
      return [one];
    },
  },
];

function repositoryOf(namespace: string, name: string, revisions: number): ScaleRepository {
  return { namespace, name, onServer: `${namespace}-${name}`, revisions };
}
