import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** Folders of files that are generated, installed or hidden. */
const SKIPPED = /^(?:coverage|dist|node_modules|reports|\.(?!ci$).*)$/;

export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of shell commands. */
export interface ShellBlock {
  readonly page: string;
  readonly script: string;
}

/** Paths of all files of the repository, from its root, without what is generated or installed. */
export async function repositoryFiles(folder = ""): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : await repositoryFiles(path);
    return entry.isFile() ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

/** Every Markdown file of the repository. */
export async function markdownPages(): Promise<readonly Page[]> {
  const paths = (await repositoryFiles()).filter((path) => path.endsWith(".md")).toSorted();
  return await Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })));
}

export function shellBlocks({ path, text }: Page): readonly ShellBlock[] {
  const blocks = text.matchAll(/^( *)```sh\n(.*?)^\1```$/gms);
  return [...blocks].map(([, indent = "", script = ""]) => ({
    page: path,
    script: script.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** Commands inside of sentences: inline code that begins with `program` and has arguments. */
export function inlineCommands({ text }: Page, program: string): readonly string[] {
  const prose = text.replaceAll(/^( *)```.*?^\1```$/gms, "");
  const commands = [...prose.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? "").replaceAll(/\s+/g, " "));
  return commands.filter((command) => command.startsWith(`${program} `) && command.split(" ").length > 2);
}

/** True if the block calls targets of the Makefile and nothing else. */
export function callsMakeOnly({ script }: ShellBlock): boolean {
  const lines = script.split("\n").filter((line) => line.trim() !== "");
  return lines.every((line) => /^([A-Z_]+=\S+ )*make /.test(line));
}

/** The anchors of a page's headings, as Git hosts make them. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  const prose = text.replaceAll(/^```.*?^```$/gms, "");
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? "");
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
