import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * kubectl as one user of one control plane. Starts a process for every call; arguments are not passed through a shell.
 */
export interface Kubectl {
  /** Returns its stdout. Throws a `KubectlError`. */
  (...args: readonly string[]): Promise<string>;
  /** `kubectl apply -f -` with this text; `args` such as `--server-side` are added. */
  applyYaml(yaml: string, ...args: readonly string[]): Promise<string>;
  /** Any command that reads stdin. */
  withInput(input: string, ...args: readonly string[]): Promise<string>;
  /** `kubectl get … -o json`, parsed. */
  getJson<T = unknown>(...args: readonly string[]): Promise<T>;
}

/** kubectl ended with a code other than 0; the message contains the command and its stderr. */
export class KubectlError extends Error {
  readonly stderr: string;
  readonly exitCode: number | null;

  constructor(args: readonly string[], exitCode: number | null, stderr: string) {
    super(`kubectl ${args.join(" ")} ended with ${exitCode}: ${stderr.trim()}`);
    this.name = "KubectlError";
    this.stderr = stderr;
    this.exitCode = exitCode;
  }
}

/** `program`: path of kubectl; `kubeconfig`: file of a user. */
export function createKubectl(program: string, kubeconfig: string): Kubectl {
  // A home of its own, so that the current user's cache and preferences have no effect.
  const home = dirname(kubeconfig);
  return kubectlIn(program, {
    PATH: process.env.PATH ?? "",
    HOME: home,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(home, "cache"),
    KUBERC: "off",
    KUBECTL_APPLYSET: "true",
    // It ends before garbage collection is worth its CPU time, a fifth of the whole.
    GOGC: "off",
  });
}

/** kubectl of the current user, with the whole environment: credential plugins may need it. */
export function createOwnKubectl(program: string, kubeconfig: string): Kubectl {
  return kubectlIn(program, { ...process.env, KUBECONFIG: kubeconfig });
}

function kubectlIn(program: string, env: NodeJS.ProcessEnv): Kubectl {
  const run = (args: readonly string[], input = ""): Promise<string> => runKubectl(program, env, args, input);
  return Object.assign((...args: readonly string[]) => run(args), {
    applyYaml: (yaml: string, ...args: readonly string[]) => run(["apply", "-f", "-", ...args], yaml),
    withInput: (input: string, ...args: readonly string[]) => run(args, input),
    getJson: async <T>(...args: readonly string[]) => JSON.parse(await run(["get", ...args, "-o", "json"])) as T,
  });
}

/** kubectl as a user of a control plane: `kubectlAs(inject("controlPlane"), "alice")`. */
export function kubectlAs<User extends string>(
  controlPlane: { readonly kubectl: string; readonly kubeconfigs: Readonly<Record<User, string>> },
  user: User,
): Kubectl {
  return createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs[user]);
}

async function runKubectl(
  program: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  input: string,
): Promise<string> {
  const child = spawn(program, args, { env });
  // kubectl may end without reading its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new KubectlError(args, code, stderr);
  return stdout;
}
