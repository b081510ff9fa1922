import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { defineCommand } from "../../command.ts";
import { createDraft, locateIn } from "../../packages/create-draft.ts";
import { findRevision } from "../../packages/find.ts";
import { requireLifecycle } from "../../packages/lifecycle.ts";
import { findRepository } from "../../packages/repositories.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { refTo } from "../../packages/upstream.ts";
import { REPOSITORY, WORKSPACE } from "../shared-specs.ts";

export const cloneCommand = defineCommand({
  path: "clone",
  group: "Making",
  summary: "Begin a package as a copy of a published one, such as a blueprint",
  examples: [
    {
      does: "A blueprint for the target edge1, of the same realm and name",
      command: "clone catalog/web/storefront edge1",
    },
    {
      does: "A certain revision, under another name",
      command: "clone catalog/web/storefront@v2 edge1/web/shop --workspace first",
    },
  ],
  args: {
    upstream: {
      kind: "required",
      placeholder: "UPSTREAM",
      description: "a published package revision",
      completes: "package",
    },
    target: {
      kind: "required",
      placeholder: "TARGET",
      description: "the target; or the path of the new package: TARGET/[REALM/]PACKAGE",
    },
  },
  options: { repo: REPOSITORY, workspace: WORKSPACE, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const source = await findRevision(context, args.upstream, ["published"]);
    requireLifecycle(source, ["published"], (_, name) => `to see what it needs: kubectl pkg show ${shellQuote(name)}`);
    const repository = await findRepository(context, options.repo, ({ spec }) => spec.deployment === true);
    const location = locateIn(repository, pathOf(args.target, source, repository));
    const spec = { tasks: [{ type: "clone" as const }], upstream: refTo(source) };
    const draft = { repository: repository.metadata.name, location, workspace: options.workspace, spec };
    await createDraft(context, draft, timeoutMs);
  },
});

/** A target alone has the package where its source has it. */
function pathOf(given: string, { spec: { packageRevID: id } }: PackageRevision, repository: Repository): string {
  if (given.includes("/") || repository.spec.deployment !== true) return given;
  return [given, id.realm, id.package].filter((part) => part !== undefined).join("/");
}
