import type { Context } from "../context.ts";
import type { OptionSpec } from "../option-spec.ts";
import { isNotFound, runChild } from "./run-child.ts";

export const NO_PAGER = {
  kind: "flag",
  description: "at a terminal: print all at once, without $KUBECTL_PKG_PAGER, $PAGER, or less",
} as const satisfies OptionSpec;

/** Ends at once if all fits on the screen, keeps colours, and leaves what was read on it. Small images have none. */
const LESS = "if command -v less >/dev/null; then less -FRX; else cat; fi";

/**
 * Prints what `write` prints, at a terminal through a pager. In a pipe, as it is.
 * @param write gets a context that prints to the pager
 */
export async function withPager(
  context: Context,
  noPager: boolean,
  write: (context: Context) => Promise<void>,
): Promise<void> {
  const pager = noPager ? undefined : choosePager(context);
  if (pager === undefined) {
    await write(context);
    return;
  }
  const lines: string[] = [];
  await write({ ...context, print: (text) => void lines.push(text) });
  if (lines.length === 0) return;
  const { env } = context;
  // As git has it: they keep colours in the pagers that people set without options.
  const settings = { ...env, LESS: env.LESS ?? "FRX", LV: env.LV ?? "-c" };
  const text = `${lines.join("\n")}\n`;
  if (isNotFound(await runChild({ cwd: context.cwd, env: settings }, pager, [], text))) context.stdout.write(text);
}

/** The first one that is set; an empty one, and cat, mean none. */
function choosePager({ env, stdout }: Context): string | undefined {
  if (stdout.isTTY !== true || env.TERM === "dumb") return undefined;
  const pager = (env.KUBECTL_PKG_PAGER ?? env.PAGER ?? LESS).trim();
  return pager === "" || pager === "cat" ? undefined : pager;
}
