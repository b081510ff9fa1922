import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatCount } from "../../../core/conditions/count.ts";
import { utf8Text } from "../../../core/files/utf8-text.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { type Resolved, resolveConflicts } from "../../../core/merge/resolve-conflicts.ts";
import { setConflicts } from "../../../core/merge/set-conflicts.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { editPulled } from "../../folder/edit-pulled.ts";
import { shortName } from "../../names/query.ts";
import { describeConflict, noConflicts, nothingChosen, refuseSetting } from "../../packages/describe-conflicts.ts";
import { findRevision } from "../../packages/find.ts";
import { editHint, requireLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { PACKAGE } from "../shared-specs.ts";

type Texts = ReadonlyMap<string, string>;

export const resolveCommand = defineCommand({
  path: "resolve",
  group: "Making",
  summary: "Resolve conflicts of an upgrade",
  description: [
    "The draft's file merge-conflicts.yaml lists what both the package and its upstream have changed; the package has its " +
      "own values until you choose. Without --file, --resource and --field all conflicts are resolved. --theirs leaves " +
      "those whose upstream values the list does not have whole, such as files and data of Secrets: edit these.",
    'FIELD=VALUE sets a field that is in conflict, as the list names it. The value is read as YAML: 3 is a number, "3" ' +
      "and web are texts, and [a, b] is a list. If one of several cannot be set, none is.",
  ],
  examples: [
    { does: "Keep what the package has", command: "resolve edge1/web/storefront --ours" },
    {
      does: "Take a field as upstream has it",
      command: "resolve edge1/web/storefront --theirs --file app.yaml --field spec.replicas",
    },
    { does: "Set a field to a value that neither has", command: "resolve edge1/web/storefront spec.replicas=5" },
  ],
  args: {
    package: PACKAGE,
    values: { kind: "variadic", placeholder: "FIELD=VALUE", description: "a field in conflict, and its value in YAML" },
  },
  options: {
    ours: { kind: "flag", description: "keep the values of the package" },
    theirs: { kind: "flag", description: "take the values of upstream" },
    file: { kind: "value", value: "FILE", description: "only the conflicts in this file" },
    resource: { kind: "value", value: "RESOURCE", description: "only those of this resource, as the list names it" },
    field: { kind: "value", value: "FIELD", description: "only those of this field, as the list names it" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const { ours, theirs, file, resource, field } = options;
    const { values } = args;
    if ([ours, theirs, values.length > 0].filter(Boolean).length !== 1) {
      throw new CliError("usage", "give --ours, --theirs, or FIELD=VALUE");
    }
    if (values.length > 0 && field !== undefined)
      throw new CliError("usage", "FIELD=VALUE has the field: omit --field");
    for (const one of values)
      if (!one.includes("=")) throw new CliError("usage", `${JSON.stringify(one)} is no FIELD=VALUE`);
    const revision = await findRevision(context, args.package, ["draft"]);
    requireLifecycle(revision, ["draft"], editHint);
    const name = shortName(revision);
    const side = ours ? "local" : "upstream";
    const resolve = (texts: Texts): Resolved => {
      if (values.length === 0) {
        const result = resolveConflicts(texts, { side, file, resource, field }) ?? noConflicts(name);
        return result.resolved.length + result.left.length === 0 ? nothingChosen(name) : result;
      }
      const result = setConflicts(texts, values, { file, resource }) ?? noConflicts(name);
      return result.kind === "set" ? result.result : refuseSetting(name, result);
    };
    let remaining = 0;
    await editPulled(context, revision, {
      change: async (dir, files) => {
        const result = resolve(textsOf(files));
        report(context, name, result);
        ({ remaining } = result);
        for (const [path, text] of result.changes) {
          if (text === null) await rm(join(dir, path));
          else await writeFile(join(dir, path), text);
        }
      },
      onSaved: () =>
        context.note(remaining === 0 ? `${name} has no more conflicts` : `${formatCount(remaining, "conflict")} left`),
      keepsFiles: false,
      timeoutMs,
    });
    context.suggest(`diff ${shellQuote(name)}`);
  },
});

function textsOf(files: ReadonlyMap<string, Uint8Array>): Texts {
  const texts = [...files].flatMap(([path, bytes]) => {
    const text = utf8Text(bytes);
    return text === undefined ? [] : [[path, text] as const];
  });
  return new Map(texts);
}

/** Throws a CliError if nothing is resolved. */
function report(context: Context, name: string, { resolved, left }: Resolved): void {
  for (const one of resolved) context.print(describeConflict(one));
  for (const one of left) context.note(`${context.errorStyle.yellow("to be edited:")} ${describeConflict(one)}`);
  if (resolved.length > 0) return;
  throw new CliError("refused", "nothing was resolved", [`to edit it: kubectl pkg edit ${shellQuote(name)}`]);
}
