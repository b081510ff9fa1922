import { repositories } from "../../api/resources.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { readyOf, reasonOf, stalledOf } from "../packages/conditions.ts";
import { waitFor } from "../packages/wait-for.ts";

/** Waits until a Repository is Ready for its spec, and `isDone`. Throws a CliError refused if it needs a person. */
export async function waitForSync(
  context: Context,
  { metadata }: Repository,
  timeoutMs: number,
  isDone: (repository: Repository) => boolean = () => true,
): Promise<Repository> {
  const { namespace, name } = metadata;
  const found = await waitFor(
    context,
    repositories,
    { namespace, name },
    {
      timeoutMs,
      until: (one) => {
        if (one === undefined) throw new CliError("notFound", `the Repository ${name} was deleted meanwhile`);
        if (one.status?.observedGeneration !== one.metadata.generation || !isDone(one)) return false;
        const stalled = stalledOf(one);
        if (stalled !== undefined) {
          throw new CliError("refused", `the Repository ${name} is ${stalled.reason}: ${stalled.message}`, [
            `to see it: kubectl pkg repo show ${name}`,
            `once the remote is in order: kubectl pkg repo sync ${name}`,
          ]);
        }
        return readyOf(one)?.status === "True";
      },
      progress: reasonOf,
      late: (one) => `the Repository ${name} is not Ready yet: ${reasonOf(one) ?? "no operator looks at it"}`,
    },
  );
  if (found === undefined) throw new Error("unreachable");
  return found;
}
