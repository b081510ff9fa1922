import { describe, expect } from "vitest";
import { testWithShell } from "./documented-shell.ts";
import { inlineCommands } from "./markdown.ts";
import { INSTALLATION_TRIALS } from "./trials/installation.ts";
import { PACKAGE_TRIALS } from "./trials/packages.ts";
import { REPOSITORY_TRIALS } from "./trials/repositories.ts";
import { createRepository, documentedBlocks, documentedPages, fill, id, type Trial } from "./trials/trial.ts";
import { VARIANT_TRIALS } from "./trials/variants.ts";

const why = "a test replaces and deletes a history by force here, and an administrator accepts it";
const it = testWithShell("docs", {
  end: { exceptions: [5 as const, 6 as const].map((invariant) => ({ invariant, why })) },
});

/** Helm is built from its Go module if it is not in the cache: minutes, once. */
const LIMIT_MS = 30 * 60_000;
/** The first one whose command a block has is tried. */
const TRIALS: readonly Trial[] = [...REPOSITORY_TRIALS, ...PACKAGE_TRIALS, ...VARIANT_TRIALS, ...INSTALLATION_TRIALS];

describe("shell blocks of the docs", () => {
  it.for(documentedBlocks.map((block) => [block.page, block.script.split("\n")[0], block] as const))(
    "%s: %s",
    { timeout: LIMIT_MS },
    async ([, , { script }], { env, packages, shell }) => {
      const trial = TRIALS.find(({ command }) => script.includes(command));
      if (trial === undefined) throw new Error(`add a trial for this block:\n${script}`);
      await trial.run(script, { env, packages, shell });
    },
  );
});

describe("kubectl commands in sentences", () => {
  const commands = [...new Set(documentedPages.flatMap((page) => inlineCommands(page, "kubectl")))];
  const isPlugin = (command: string) => command.startsWith("kubectl pkg ");

  // They name a command and an option, for packages of the reader: e2e/cli runs them.
  it.for(commands.filter(isPlugin))("%s is one that its help has", async (command, { env, shell }) => {
    const words = command.split(" ").slice(2);
    const options = words.filter((word) => word.startsWith("--"));
    const path = words.filter((word) => /^[a-z]+$/.test(word)).join(" ");
    const help = await shell.run(`export PATH="$PWD/dist/cli:$PATH"; kubectl pkg ${path} --help`);
    expect(help).toContain(`Usage: kubectl pkg ${path} `);
    for (const option of options) expect(help).toMatch(new RegExp(`^ .*${option}\\b`, "m"));
    expect(env.namespace).not.toBe("");
  });

  it.for(commands.filter((command) => !isPlugin(command)))("%s", async (command, { env, packages, shell }) => {
    const name = await createRepository({ env, packages, shell });
    if (!command.includes("pkgrev")) return void (await shell.run(fill(command, { NAME: name })));
    const draft = await packages.createDraft(id(name, "one"));
    await shell.run(fill(command, { NAME: draft, COMMIT: (await packages.get(draft)).status?.commit ?? "" }));
  });
});
