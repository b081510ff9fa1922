import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { delimiter } from "node:path";
import { runGit } from "../harness/git-command.ts";
import type { RunState } from "../harness/run-state.ts";

export type DemoUser = "admin" | "alice" | "bob";

export interface DemoOptions {
  /** The command must be refused with a message like this. */
  readonly refused?: RegExp;
  /** Lines of its output that are shown. */
  readonly lines?: number;
  /** Of those, lines of its end. */
  readonly last?: number;
  /** File for its stdin. */
  readonly input?: string;
}

/** Prints and runs commands as a user, and prints their output. */
export interface DemoShell {
  say(line: string): void;
  chapter(title: string): void;
  /** kubectl with its plugin in the PATH. Returns stdout and stderr, as a terminal shows them. */
  run(user: DemoUser, args: readonly string[], options?: DemoOptions): Promise<string>;
  /** git in the deployment repository. */
  git(repository: string, ...args: readonly string[]): Promise<void>;
}

export function createDemoShell(state: RunState, folders: readonly string[]): DemoShell {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const show = (output: string, limit = 40, last = 0): void => {
    const lines = output.trimEnd().split("\n");
    const isWhole = lines.length <= limit;
    say(lines.slice(0, isWhole ? limit : limit - last).join("\n"));
    if (isWhole) return;
    say(`… and ${lines.length - limit} more lines`);
    if (last > 0) say(lines.slice(-last).join("\n"));
  };
  return {
    say,
    chapter: (title) => say(process.stdout.isTTY ? `\n\u001b[1m## ${title}\u001b[0m` : `\n## ${title}`),
    run: async (user, args, { refused, lines, last, input } = {}) => {
      const from = input === undefined ? "" : ` < ${input}`;
      say(`\n${user}$ kubectl ${args.map(quote).join(" ")}${from}`);
      const { code, output } = await runKubectl(state, folders, user, args, input);
      if (refused !== undefined && (code === 0 || !refused.test(output)))
        throw new Error(`this should have been refused, and ended with ${code}: ${output}`);
      if (refused === undefined && code !== 0) throw new Error(`it ended with ${code}: ${output}`);
      show(output, lines, last);
      return output;
    },
    git: async (repository, ...args) => {
      say(`\n$ git -C ${repository} ${args.map(quote).join(" ")}`);
      say((await runGit(repository, args)).trimEnd());
    },
  };
}

async function runKubectl(
  { controlPlane }: RunState,
  folders: readonly string[],
  user: DemoUser,
  args: readonly string[],
  input: string | undefined,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const PATH = [...folders, process.env.PATH].join(delimiter);
  const env = { PATH, HOME: process.env.HOME, KUBECONFIG: controlPlane.kubeconfigs[user] };
  const child = spawn(controlPlane.kubectl, args, { env });
  child.stdin.on("error", () => undefined);
  if (input === undefined) child.stdin.end();
  else createReadStream(input).pipe(child.stdin);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output };
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
