import type { Readable, Writable } from "node:stream";
import { VERSION } from "../api/version.ts";
import type { KubeClient } from "../kube/client/client.ts";
import { CliError } from "./cli-error.ts";
import type { GlobalOptions } from "./global-options.ts";
import { printable, printableStyled } from "./output/printable.ts";
import { createStyle, type Style } from "./output/style.ts";

/** The process that a command runs in, replaced in tests. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** As the user called it, for messages: `kubectl pkg` or `pkgctl`. */
  readonly program: string;
  readonly now: () => number;
}

/** The user, as the API server knows it. */
export interface Me {
  readonly username: string;
  readonly groups: readonly string[];
}

export interface Cluster {
  readonly client: KubeClient;
  /** Where namespaced requests go. */
  readonly namespace: string;
  /** The names of the kubeconfig's contexts. */
  readonly contexts: readonly string[];
  /** The URL of the API server. */
  readonly server: string;
  /** One request, once, for both. */
  readonly me: () => Promise<Me>;
  /** The name of the user. */
  readonly whoami: () => Promise<string>;
}

/** Everything that a command may use of the world around it. */
export interface Context extends Io {
  /** True if questions may be asked. */
  readonly interactive: boolean;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly errorStyle: Style;
  /** Writes a line, or several, to stdout. */
  readonly print: (text: string) => void;
  /** Writes a line to stderr: progress, and what to do next. */
  readonly note: (text: string) => void;
  /** The next step, shown to people only. */
  readonly suggest: (command: string) => void;
  /** Connects on first use, with the kubeconfig. */
  readonly cluster: () => Promise<Cluster>;
  readonly close: () => Promise<void>;
}

export function createContext(io: Io, options: GlobalOptions): Context {
  let connected: Promise<Cluster> | undefined;
  const errorStyle = createStyle(io.stderr, io.env);
  return {
    ...io,
    interactive: io.stdin.isTTY === true && io.stderr.isTTY === true && !options.noInput,
    style: createStyle(io.stdout, io.env),
    errorStyle,
    print: (text) => void io.stdout.write(`${io.stdout.isTTY === true ? printableStyled(text) : text}\n`),
    note: (text) => void io.stderr.write(`${printableStyled(text)}\n`),
    suggest: (command) => {
      if (io.stderr.isTTY === true) io.stderr.write(`${errorStyle.dim(printable(`next: ${io.program} ${command}`))}\n`);
    },
    cluster: async () => {
      connected ??= connect(options, io.env);
      return await connected;
    },
    close: async () => await (await connected?.catch(() => undefined))?.client.close(),
  };
}

/** Loads the client when a command needs it: `version --client` and `--help` start without it. */
async function connect(options: GlobalOptions, env: Io["env"]): Promise<Cluster> {
  const [{ loadCluster }, { KubeClient }, { selfSubjectReviews }] = await Promise.all([
    import("../kube/client/kubeconfig.ts"),
    import("../kube/client/client.ts"),
    import("../api/resources.ts"),
  ]);
  if (options.as === undefined && options.asGroup.length > 0) throw new CliError("usage", "--as-group needs --as");
  const cluster = loadCluster({
    env,
    ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
    ...(options.context !== undefined && { context: options.context }),
    ...(options.as !== undefined && { impersonate: { user: options.as, groups: options.asGroup } }),
  });
  const client = new KubeClient({ cluster, userAgent: `kubectl-pkg/${VERSION}`, fieldManager: "kubectl-pkg" });
  let reviewed: Promise<Me> | undefined;
  const review = async (): Promise<Me> => {
    const { status } = await client.create(selfSubjectReviews, { metadata: {} });
    const { username = "", groups = [] } = status?.userInfo ?? {};
    return { username, groups };
  };
  const me = async () => {
    reviewed ??= review();
    return await reviewed;
  };
  return {
    client,
    namespace: options.namespace ?? cluster.namespace ?? "default",
    contexts: cluster.contexts,
    server: cluster.server.href,
    me,
    whoami: async () => (await me()).username,
  };
}
