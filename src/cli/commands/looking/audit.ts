import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { AuditEntry } from "../../../core/audit/audit-entry.ts";
import { formatCount } from "../../../core/conditions/count.ts";
import { formatAudit } from "../../audit/format-audit.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { OUTPUT } from "../shared-specs.ts";

/** More keys than any operator has had. */
const MAX_BYTES = 1024 * 1024;

export const auditCommand = defineCommand({
  path: "audit",
  group: "Looking",
  summary: "Verify who edited, proposed and approved what is published, from a clone alone",
  description: [
    "Reads the tags of a clone, with nothing from a cluster: for each published revision who edited, proposed and " +
      "approved it, with which digest, which gates it passed since when, and its upstream. Signatures are verified with " +
      "the operator's public keys, the files and the approval are compared with the record. -o json has each commit of " +
      "the draft as well.",
    "External is what another client tagged: its record says nothing. The exit code is 1 if a record is Broken.",
  ],
  examples: [
    { does: "All packages of a clone", command: "audit deployments --allowed-signers allowed_signers" },
    {
      does: "Those of a target, for another program",
      command: "audit deployments edge1 --allowed-signers allowed_signers -o json",
    },
  ],
  args: {
    dir: { kind: "required", placeholder: "DIR", description: "a clone with all tags", completes: "folder" },
    folders: {
      kind: "variadic",
      placeholder: "FOLDER",
      description: "a package's folder from the repository's root, or one above packages",
    },
  },
  options: {
    allowedSigners: {
      kind: "value",
      value: "FILE",
      description: "the operator's public keys, as its ConfigMap pkgserver-allowed-signers has them",
      completes: "file",
    },
    output: OUTPUT,
  },
  run: async (context, { args, options }) => {
    // simple-git takes longer to load than most commands run.
    const { parseAllowedSigners, readAudit } = await import("../../../storage/git/audit/read-audit.ts");
    const keys = parseAllowedSigners(await readSigners(context.cwd, options.allowedSigners));
    if (keys.length === 0) throw new CliError("usage", `${options.allowedSigners} has no key of an operator`);
    const { PATH = "" } = context.env;
    const packages = args.folders.map((folder) => folder.replace(/\/+$/, ""));
    const entries: AuditEntry[] = [];
    const dir = resolve(context.cwd, args.dir);
    for await (const entry of readAudit({ dir, keys: new Set(keys), packages, ambient: { PATH } })) entries.push(entry);
    const format = valueFormat(options.output);
    if (format !== undefined) await printValue(context, { revisions: entries }, format);
    else if (entries.length > 0) context.print(formatAudit(entries));
    const broken = entries.filter(({ problems }) => problems.length > 0).length;
    if (broken > 0) throw new CliError("error", `${formatCount(broken, "record")} of ${entries.length} not verified`);
    const external = entries.filter(({ provenance }) => provenance === "External").length;
    const others = external > 0 ? `, ${external} of other clients` : "";
    context.note(`${formatCount(entries.length - external, "record")} verified${others}`);
  },
});

async function readSigners(cwd: string, file: string | undefined): Promise<string> {
  if (file === undefined) {
    throw new CliError(
      "usage",
      "--allowed-signers is required: nothing in the clone says which keys are the operator's",
      ["kubectl get configmap pkgserver-allowed-signers -n pkgserver-system -o jsonpath='{.data.allowed_signers}'"],
    );
  }
  const bytes = await readFile(resolve(cwd, file));
  if (bytes.length > MAX_BYTES) throw new CliError("usage", `${file} is larger than ${MAX_BYTES} bytes`);
  return bytes.toString();
}
