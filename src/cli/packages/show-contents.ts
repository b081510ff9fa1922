import { packageContents, packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../api/v1alpha1/well-known.ts";
import { ignoreNotFound, isRefused } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { withCleanUp } from "../interrupts.ts";
import { shortName } from "../names/query.ts";
import { waitFor } from "./wait-for.ts";

const LIMIT_MS = 60_000;

/**
 * Has the operator show the files of a revision that are in Git only, while `read` runs. An annotation asks for it, and
 * stays if another user has set it.
 * @throws CliError refused without the right to annotate
 */
export async function whileShown<T>(context: Context, revision: PackageRevision, read: () => Promise<T>): Promise<T> {
  const { client } = await context.cluster();
  const { namespace, name, annotations } = revision.metadata;
  const annotate = async (value: "true" | null) => {
    const body = { metadata: { annotations: { [ANNOTATION_SHOW_CONTENTS]: value } } };
    return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
  };
  const isShownByOthers = annotations?.[ANNOTATION_SHOW_CONTENTS] === "true";
  const ask = async () => {
    await annotate("true").catch((error: unknown) => {
      if (!isRefused(error)) throw error;
      throw new CliError(
        "refused",
        `the files of ${shortName(revision)} are in Git only, and you may not have them shown`,
        [`who may edit packages does that: kubectl annotate pkgrev ${name} ${ANNOTATION_SHOW_CONTENTS}=true`],
      );
    });
  };
  let asked: Promise<void> | undefined;
  const hide = async () => {
    // An interrupt may come before the answer: the API server may have the annotation by then.
    const isAsked = asked !== undefined && (await asked.then(() => true).catch(() => false));
    if (isAsked) await ignoreNotFound(annotate(null));
  };
  return await withCleanUp(hide, async () => {
    try {
      if (!isShownByOthers) asked = ask();
      await asked;
      await waitFor(
        context,
        packageContents,
        { namespace, name },
        {
          timeoutMs: LIMIT_MS,
          // Page 1 is created last.
          until: (page) => page !== undefined,
          progress: () => `waiting for the files of ${shortName(revision)}, which are in Git only`,
          late: () => `the operator does not show the files of ${shortName(revision)}`,
        },
      );
      return await read();
    } finally {
      await hide();
    }
  });
}
