import { encodeFile } from "../../../core/files/package-file.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { nearestWords } from "../../names/nearest.ts";
import { shortName } from "../../names/query.ts";
import { printable } from "../../output/printable.ts";
import { readContents } from "../../packages/contents.ts";
import { findRevision } from "../../packages/find.ts";
import { PACKAGE } from "../shared-specs.ts";

export const catCommand = defineCommand({
  path: "cat",
  group: "Looking",
  summary: "Print files of a package revision, byte for byte",
  description: ["At a terminal, characters that would control it are shown as \\u{…}, and no binary file is printed."],
  examples: [
    { does: "A file of the open revision", command: "cat storefront deployment.yaml" },
    { does: "The same file as it was published", command: "cat edge1/web/storefront@v1 deployment.yaml" },
  ],
  args: {
    package: PACKAGE,
    files: { kind: "some", placeholder: "FILE", description: "paths in the package", completes: "file" },
  },
  options: {},
  run: async (context, { args }) => {
    const revision = await findRevision(context, args.package);
    const { files, hidden } = await readContents(context, revision);
    const found = args.files.map((path) => {
      const bytes = files.get(path);
      if (bytes !== undefined) return bytes;
      const kept = hidden.find((one) => one.path === path);
      if (kept !== undefined) throw new CliError("notFound", `${path} is in Git only: ${kept.reason}`);
      const near = nearestWords(path, files.keys());
      throw new CliError("notFound", `${shortName(revision)} has no file ${JSON.stringify(path)}`, [
        near.length > 0
          ? `did you mean ${near.join(" or ")}?`
          : `to see its files: kubectl pkg ls ${shellQuote(args.package)}`,
      ]);
    });
    for (const [index, bytes] of found.entries()) {
      context.stdout.write(context.stdout.isTTY === true ? forTerminal(args.files[index] ?? "", bytes) : bytes);
    }
  },
});

function forTerminal(path: string, bytes: Uint8Array): string {
  const { encoding, value } = encodeFile(path, bytes);
  if (encoding === "text") return printable(value);
  throw new CliError("usage", `${JSON.stringify(path)} is binary: send it to a file or a program`);
}
