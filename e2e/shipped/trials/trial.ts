import type { PackageID, Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";
import type { DocumentedShell } from "../documented-shell.ts";
import { callsMakeOnly, markdownPages, shellBlocks } from "../markdown.ts";

/** They have tests of their own. */
const STEPS: readonly string[] = ["README.md", "docs/kubectl.md", "docs/fleet.md"];
export const documentedPages = (await markdownPages()).filter(({ path }) => !STEPS.includes(path));
export const documentedBlocks = documentedPages.flatMap(shellBlocks).filter((block) => !callsMakeOnly(block));

export interface TrialContext {
  readonly env: TestEnv;
  readonly packages: Packages;
  readonly shell: DocumentedShell;
}

/** How a block of the docs is tried: in a situation in which a reader needs it. */
export interface Trial {
  /** Every block that has this text. */
  readonly command: string;
  readonly run: (script: string, context: TrialContext) => Promise<void>;
}

export const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });

/** Replaces the placeholders of the docs. */
export function fill(script: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, "g"), value),
    script,
  );
}

let created = 0;

/** Creates and registers a repository of its own for one trial. Returns its name. */
export async function createRepository(
  { env }: TrialContext,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const name = `docs-${++created}`;
  await env.git.createRepository(name);
  await env.register(name, more);
  return name;
}
