import { spawn } from "node:child_process";
import type { Context } from "../context.ts";
import { ignoringInterrupts, withCleanUp } from "../interrupts.ts";

/** As the shell reports a command that it does not find. */
const NOT_FOUND = 127;
/** A program with words for it: a shell between would take an interrupt for itself. */
const WORDS = /^[\w./+,:@ -]+$/;

/**
 * Runs a command of the user's settings at the terminal, such as an editor: by a shell if it needs one. Interrupts are
 * for the command, which has the terminal, and do not end this program meanwhile.
 * @param args passed to the command, not read by the shell
 * @param input its stdin; it may end before it has read that
 * @returns the exit code; null if a signal ended it
 */
export async function runChild(
  { env, cwd }: Pick<Context, "env" | "cwd">,
  command: string,
  args: readonly string[],
  input?: string,
): Promise<number | null> {
  const stdin = input === undefined ? "inherit" : "pipe";
  const [program = "", ...all] = WORDS.test(command)
    ? [...command.split(" ").filter((word) => word !== ""), ...args]
    : ["sh", "-c", args.length === 0 ? command : `${command} "$@"`, "sh", ...args];
  return await ignoringInterrupts(async () => {
    const child = spawn(program, all, { cwd, env: { ...env }, stdio: [stdin, "inherit", "inherit"] });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    // It would go on at a terminal that is the shell's again.
    return await withCleanUp(
      () => void child.kill(),
      async () =>
        await new Promise<number | null>((resolve, reject) => {
          child.on("error", (error: NodeJS.ErrnoException) =>
            error.code === "ENOENT" ? resolve(NOT_FOUND) : reject(error),
          );
          child.on("close", resolve);
        }),
    );
  });
}

/** True if the shell did not find the command. */
export function isNotFound(code: number | null): boolean {
  return code === NOT_FOUND;
}
