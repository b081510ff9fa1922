import { readFile, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import type { OperatorProgram } from "../../harness/operator-program.ts";
import type { BundledFile } from "./call-site.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const banner = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

/** The operator with failpoints, bundled into one file. */
export interface BundledOperator {
  readonly program: OperatorProgram;
  /** `line:column` in the bundle → `file:line` below src; undefined for code that is not the operator's. */
  sourceOf(place: string): string | undefined;
}

/**
 * Bundles the operator with failpoints into a folder. The bundle starts in a quarter of the time, and is started a
 * hundred times. Writes the first line of each source file beside it, since reading the whole source map would take
 * longer.
 */
export async function bundleOperator(dir: string): Promise<BundledOperator> {
  await build({
    absWorkingDir: root,
    entryPoints: {
      "operator-with-failpoints": join(import.meta.dirname, "operator-with-failpoints.ts"),
      "workers/file-check": join(root, "src", "workers", "file-check.ts"),
      "workers/packages": join(root, "src", "workers", "packages.ts"),
    },
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    sourcemap: true,
    sourcesContent: false,
    banner: { js: banner },
    logLevel: "warning",
  });
  const file = join(dir, "operator-with-failpoints.mjs");
  await writeFile(join(dir, "files.json"), JSON.stringify(findFiles(await readFile(file, "utf8"))));
  const map = new SourceMap(JSON.parse(await readFile(`${file}.map`, "utf8")));
  return {
    program: { file, nodeOptions: "" },
    sourceOf: (place) => {
      const [line = 0, column = 0] = place.split(":").map(Number);
      const entry = map.findEntry(line - 1, column - 1);
      const [, source] = "originalSource" in entry ? (/\/src\/(.*)$/.exec(entry.originalSource) ?? []) : [];
      return source === undefined || !("originalLine" in entry) ? undefined : `${source}:${entry.originalLine + 1}`;
    },
  };
}

/** esbuild writes a comment before the code of each file. */
function findFiles(bundle: string): readonly BundledFile[] {
  return bundle.split("\n").flatMap((line, index): BundledFile[] => {
    const [, folder, file = ""] = /^\/\/ (?:\.\.\/)*(src|e2e|node_modules)\/(\S+)$/.exec(line) ?? [];
    return folder === undefined ? [] : [[index + 1, folder === "src" ? file : ""]];
  });
}
