import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { inject } from "vitest";
import { shellQuote } from "../../src/core/identity/shell-quote.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "./fixtures.ts";
import type { User } from "./namespace.ts";

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** alice by default. */
  readonly as?: User;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The command line as a user calls it, in a process of its own. */
export interface Cli {
  /** With pipes. Any exit code is a result. */
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** With pipes; throws unless it ends with 0. Returns its stdout. */
  (...args: readonly string[]): Promise<string>;
  /** In a terminal of its own: stderr is part of stdout, lines end in CRLF. */
  inTerminal(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Begins a command that does not end by itself. */
  start(args: readonly string[], options?: CliOptions): RunningCli;
  /** In a terminal of its own, for questions that are answered later. */
  startInTerminal(args: readonly string[], options?: CliOptions): RunningCli;
  /** Path of a user's kubeconfig whose context has the namespace of the test. */
  kubeconfigWithNamespace(user: User): Promise<string>;
  /** Path of a kubeconfig with an address at which nothing answers. */
  unreachableKubeconfig(): Promise<string>;
  /** An empty folder, for packages to be pulled into. */
  readonly dir: string;
}

export interface RunningCli {
  /** Waits until stdout has it. */
  waitForOutput(expected: string | RegExp): Promise<void>;
  /** Sends it to stdin. */
  write(input: string): void;
  /** Ends the process. Returns its stdout. */
  stop(): Promise<string>;
  /** Sends a signal, and waits until it ends. Its output includes stderr. */
  signal(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Waits until it ends by itself. */
  ended(): Promise<{ readonly code: number | null; readonly output: string }>;
}

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/** Fixtures of the tests of the command line: a namespace with the operator, and the bundled program. */
export function testWithCli(prefix: string, options: Parameters<typeof testWithEnv>[1] = {}) {
  return testWithEnv(prefix, options).extend("cli", { scope: "file" }, async ({ env }, { onCleanup }): Promise<Cli> => {
    const dir = await mkdtemp(join(tmpdir(), `pkgserver-${prefix}-cli-`));
    onCleanup(async () => await rm(dir, { recursive: true, force: true }));
    await linkProgram(join(dir, "bin"));
    const program = join(dir, "bin", "kubectl-pkg");
    const environment = ({ as = "alice", env: more }: CliOptions) => ({
      PATH: process.env.PATH,
      HOME: dir,
      KUBECONFIG: env.controlPlane.kubeconfigs[as],
      TERM: "xterm",
      // A third of the time of a short command is compilation.
      NODE_COMPILE_CACHE: join(inject("controlPlane").dir, "cli-compile-cache"),
      ...more,
    });
    const argsOf = (args: readonly string[]) => [...args, `--namespace=${env.namespace}`];
    const run: Cli["run"] = async (args, one = {}) =>
      await finish(spawn(program, argsOf(args), { cwd: one.cwd ?? dir, env: environment(one) }), one.input);
    const call = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await run(args);
      if (code !== 0) throw new Error(`kubectl pkg ${args.join(" ")} ended with ${code}: ${stderr}`);
      return stdout;
    };
    const spawnInTerminal = (args: readonly string[], one: CliOptions) => {
      // A shell between would end with 130 after an interrupt, whatever the program ends with.
      const command = `exec ${[program, ...argsOf(args)].map(shellQuote).join(" ")}`;
      return spawn("script", ["-qfec", command, "/dev/null"], { cwd: one.cwd ?? dir, env: environment(one) });
    };
    const inTerminal: Cli["inTerminal"] = async (args, one = {}) => await finish(spawnInTerminal(args, one), one.input);
    const startInTerminal: Cli["startInTerminal"] = (args, one = {}) => follow(spawnInTerminal(args, one));
    const start: Cli["start"] = (args, one = {}) =>
      follow(spawn(program, argsOf(args), { cwd: one.cwd ?? dir, env: environment(one) }));
    const kubeconfigWithNamespace: Cli["kubeconfigWithNamespace"] = async (user) => {
      const file = join(dir, `kubeconfig-${user}`);
      const text = await readFile(env.controlPlane.kubeconfigs[user], "utf8");
      await writeFile(file, text.replace("namespace: default", `namespace: ${env.namespace}`), { mode: 0o600 });
      return file;
    };
    const unreachableKubeconfig = async () => {
      const file = join(dir, "unreachable");
      const text = await readFile(env.controlPlane.kubeconfigs.alice, "utf8");
      // Port 9, discard: nothing listens there.
      await writeFile(file, text.replace(/server: .*/, "server: https://127.0.0.1:9"));
      return file;
    };
    return Object.assign(call, {
      run,
      inTerminal,
      start,
      startInTerminal,
      kubeconfigWithNamespace,
      unreachableKubeconfig,
      dir,
    });
  });
}

let bundle: Promise<string> | undefined;

/** The program, which this process builds once, as links in `bin`: a test may replace it. `pkgctl` is a link to it. */
async function linkProgram(bin: string): Promise<void> {
  bundle ??= buildProgram();
  const built = await bundle;
  await mkdir(bin);
  for (const name of await readdir(built)) {
    const target = await readlink(join(built, name)).catch(() => join(built, name));
    await symlink(target, join(bin, name));
  }
}

async function buildProgram(): Promise<string> {
  const dir = join(inject("controlPlane").dir, `cli-${process.pid}`);
  await promisify(execFile)("make", ["cli", `CLI_DIR=${dir}`], { cwd: PROJECT_ROOT });
  return dir;
}

async function finish(child: ReturnType<typeof spawn>, input = ""): Promise<CliResult> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("the process has no pipes");
  // The program may end without reading its input.
  stdin.on("error", () => undefined);
  stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [code, out, error] = await Promise.all([ended, text(stdout), text(stderr)]);
  return { code, stdout: out, stderr: error };
}

function follow(child: ReturnType<typeof spawn>): RunningCli {
  let output = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    write: (input) => void child.stdin?.write(input),
    ended: async () => ({ code: await ended, output }),
    waitForOutput: async (expected) => {
      const until = (text: string) => (typeof expected === "string" ? text.includes(expected) : expected.test(text));
      await waitUntil(`the output has ${expected}`, async () => output, { until });
    },
    signal: async (signal) => {
      child.kill(signal);
      return { code: await ended, output: `${output}${errors}` };
    },
    stop: async () => {
      child.kill();
      await ended;
      return output;
    },
  };
}

/** Replaces what differs from run to run: ages, times, digests, commits; and colours. */
export function normalize(output: string): string {
  return output
    .replaceAll("\r\n", "\n")
    .replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, "")
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replaceAll(/\b[0-9a-f]{40}\b/g, "COMMIT")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    .replaceAll(/\b\d+[smh]\b/g, "AGE");
}
