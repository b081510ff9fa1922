import { packageRevisions } from "../../../api/resources.ts";
import { LIFECYCLES } from "../../../api/v1alpha1/lifecycle.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { defineCommand } from "../../command.ts";
import { shortName } from "../../names/query.ts";
import { readyOf, reasonOf } from "../../packages/conditions.ts";
import { findRevision } from "../../packages/find.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitFor } from "../../packages/wait-for.ts";
import { PACKAGE } from "../shared-specs.ts";

export const waitCommand = defineCommand({
  path: "wait",
  group: "Looking",
  summary: "Wait until a package revision is in a state",
  description: ["Exit code 6 tells that the time is over, with what holds it back."],
  examples: [
    { does: "Until the operator has carried out what is requested, and all is well", command: "wait storefront" },
    {
      does: "Until it is published",
      command: "wait edge1/web/storefront@first --for published --timeout 1h",
    },
  ],
  args: { package: PACKAGE },
  options: {
    for: {
      kind: "value",
      value: "STATE",
      description: "what to wait for",
      choices: ["ready", ...LIFECYCLES, "deleted"],
      default: "ready",
    },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const revision = await findRevision(context, args.package);
    const { namespace, name } = revision.metadata;
    await waitFor(
      context,
      packageRevisions,
      { namespace, name },
      {
        timeoutMs,
        until: (one) => isReached(one, options.for),
        progress: reasonOf,
        late: (one) => `${shortName(revision)} is not ${options.for}: ${reasonOf(one) ?? "no condition says why"}`,
      },
    );
    context.note(`${shortName(revision)} is ${options.for}`);
  },
});

function isReached(one: PackageRevision | undefined, state: string): boolean {
  if (one === undefined) return state === "deleted";
  if (one.status?.observedGeneration !== one.metadata.generation) return false;
  return state === "ready" ? readyOf(one)?.status === "True" : one.status?.lifecycle === state;
}
