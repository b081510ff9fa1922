/** Writes docs/cli.md. With `--check` it writes nothing, and exits with 1 if the file is not up to date. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { argv, exit, stderr, stdout } from "node:process";
import { COMMANDS } from "../commands/index.ts";
import { renderDocs } from "./render-docs.ts";

const path = join("docs", "cli.md");
const file = join(import.meta.dirname, "..", "..", "..", path);
const planned = renderDocs(COMMANDS);
if ((await readFile(file, "utf8").catch(() => undefined)) !== planned) {
  if (argv.includes("--check")) {
    stderr.write(`not up to date, run \`make manifests\`: ${path}\n`);
    exit(1);
  }
  await writeFile(file, planned);
  stdout.write(`wrote ${path}\n`);
}
