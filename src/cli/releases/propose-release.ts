import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY, LABEL_RELEASE } from "../../api/v1alpha1/well-known.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { isProposed, releaseOf } from "../../core/release/members.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { requestLifecycle, waitForLifecycle } from "../packages/lifecycle.ts";
import { withUser } from "../packages/user-names.ts";
import { findRelease } from "./find-release.ts";

export interface ProposeReleaseOptions {
  readonly repository: string | undefined;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

/** Requests to propose all drafts with the label of a release. */
export async function proposeRelease(context: Context, name: string, options: ProposeReleaseOptions): Promise<void> {
  const { members } = await findRelease(context, name, options.repository);
  const drafts = members.filter((one) => !isProposed(one));
  if (drafts.length === 0) throw new CliError("refused", `all members of release ${name} are proposed already`);
  const requested: PackageRevision[] = [];
  for (const draft of drafts) requested.push(await requestLifecycle(context, draft, "proposed"));
  if (options.wait) {
    for (const one of requested) await waitForLifecycle(context, one, "proposed", options.timeoutMs);
    context.note(`proposed ${requested.length} members of release ${name}`);
  } else context.note(`requested: ${requested.length} members of release ${name} are proposed`);
  context.suggest(`approve --release ${shellQuote(name)}`);
}

/** Puts a draft into a release. */
export async function joinRelease(context: Context, draft: PackageRevision, name: string): Promise<PackageRevision> {
  if (releaseOf(draft) === name) return draft;
  const { client, whoami } = await context.cluster();
  const { namespace, annotations, name: object } = draft.metadata;
  const changedBy = withUser(annotations?.[ANNOTATION_CHANGED_BY], await whoami());
  const metadata = { labels: { [LABEL_RELEASE]: name }, annotations: { [ANNOTATION_CHANGED_BY]: changedBy } };
  const joined = await client.patch(
    packageRevisions,
    { namespace, name: object },
    { kind: "merge", body: { metadata } },
  );
  context.note(`${shortName(draft)} is a member of release ${name}`);
  return joined;
}
