import { packageContents } from "../../api/resources.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Waits until the edits of these pages are commits.
 * @param written the API server's answers to the edits
 * @throws CliError refused if the operator cannot commit an edit, which stays in the object; timedOut
 */
export async function waitUntilInGit(
  context: Context,
  written: readonly PackageRevisionResources[],
  timeoutMs: number,
): Promise<string | undefined> {
  let commit: string | undefined;
  for (const { metadata, status: before } of written) {
    const { namespace, name, generation = 0 } = metadata;
    const found = await waitFor(
      context,
      packageContents,
      { namespace, name },
      {
        timeoutMs,
        until: (page) => {
          if (page === undefined) throw new CliError("notFound", `${name} was deleted meanwhile`);
          if ((page.status?.observedGeneration ?? 0) >= generation) return true;
          const { error } = page.status ?? {};
          // An error of an earlier edit stays until this one is looked at.
          if (error === undefined || error === before?.error) return false;
          throw new CliError("refused", `the edit is not in Git: ${error}`, ["correct it, and push again"]);
        },
        progress: () => `waiting until ${name} is in Git`,
        late: (page) =>
          `the edit of ${name} is not in Git yet: ${page?.status?.error ?? "the operator has not answered"}`,
      },
    );
    commit = found?.status?.commit ?? commit;
  }
  return commit;
}
