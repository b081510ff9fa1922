import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { root } from "../../shipped/markdown.ts";
import { type Cli, normalize } from "../../testenv/cli.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import type { User } from "../../testenv/namespace.ts";
import { shellEnvironment } from "../../testenv/shell-completion.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

/** A row of a table of docs/coming-from.md. */
export interface Row {
  /** The left column as it is written. */
  readonly known: string;
  /** The command of the right column. */
  readonly own: string;
}

/** How a row is tried. */
export interface Trial {
  /** alice by default, an editor. */
  readonly as?: User;
  /** Commands of alice that lead to the situation in which the row is of use. */
  readonly before?: readonly string[];
  /** Runs before it. */
  readonly prepare?: (cli: Cli) => Promise<void>;
  /** A part of its output at a terminal. */
  readonly shows: RegExp;
}

export interface World {
  readonly cli: Cli;
  readonly env: TestEnv;
}

/** The rows of the table below a heading. */
export async function readTable(heading: string): Promise<readonly Row[]> {
  const page = await readFile(join(root, "docs", "coming-from.md"), "utf8");
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [table = ""] = section.split("\n## ");
  return [...table.matchAll(/^\| (.+?) \| `([^`]+)` \|/gm)].map(([, known = "", own = ""]) => ({ known, own }));
}

const CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  a: one\n";

/**
 * Creates the two repositories that the page names, a blueprint in the first, with `more` files, and the file with the
 * password.
 */
export async function createRepositories(
  { cli, env }: World,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  await env.git.createRepository("base");
  const files = { "web/shop/config.yaml": CONFIG, "web/shop/README.md": "shop\n", ...more };
  await pushExternally(env.git, "base", { files, tags: ["web/shop/v1"] });
  await env.git.createRepository("apps", { empty: true });
  await writeFile(join(cli.dir, "token"), `${env.password}\n`);
}

/** Runs a command line at a terminal, as a reader does, and answers yes. Returns its output. */
export async function runLine({ cli, env }: World, line: string, as: User = "alice"): Promise<string> {
  const shell = await shellEnvironment(cli);
  const variables = {
    ...shell,
    PATH: `${shell.PATH}${delimiter}${dirname(env.controlPlane.kubectl)}`,
    KUBECONFIG: await cli.kubeconfigWithNamespace(as),
    TERM: "xterm",
    BASE: env.git.url("base"),
    APPS: env.git.url("apps"),
    EDITOR: "write() { echo '  b: two' >> $1; }; write",
  };
  const child = spawn("script", ["-qfec", line, "/dev/null"], { cwd: cli.dir, env: variables });
  child.stdin.on("error", () => undefined);
  child.stdin.end("y\n");
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [code, output] = await Promise.all([ended, text(child.stdout)]);
  if (code !== 0) throw new Error(`${as}$ ${line}\nended with ${code}: ${output}`);
  return normalize(output);
}

/** Runs a column of a table, row by row. Every row needs a trial, by the text of its left column. */
export async function tryRows(
  world: World,
  rows: readonly Row[],
  trials: Readonly<Record<string, Trial>>,
  lineOf: (row: Row) => string,
): Promise<void> {
  expect(rows.map(({ known }) => known)).toEqual(Object.keys(trials));
  for (const row of rows) {
    const { as, before = [], prepare, shows } = trials[row.known] as Trial;
    for (const line of before) await runLine(world, `kubectl pkg ${line}`);
    await prepare?.(world.cli);
    expect(await runLine(world, lineOf(row), as), row.known).toMatch(shows);
  }
}
