import { execFile } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { unpackDebianPackages } from "./debian-packages.ts";
import { createGuard } from "./guard.ts";
import { findFreePorts } from "./ports.ts";
import { endProcess, isRunning, launchProcess } from "./processes.ts";
import { waitUntil } from "./wait.ts";

const run = promisify(execFile);

const KEY_TYPES = ["ed25519", "rsa", "ecdsa"] as const;
type KeyType = (typeof KEY_TYPES)[number];

/** Where the programs of Debian's openssh-server are. */
export interface SshdProgram {
  /** The folder of the unpacked packages. */
  readonly folder: string;
}

/** OpenSSH's server on 127.0.0.1, as the user of the tests. It has one user, `git`, and a host key of each type. */
export interface SshServer {
  readonly port: number;
  /** `ssh://git@127.0.0.1:PORT/FOLDER`. */
  url(folder: string): string;
  /** A line of known_hosts; hashed as `HashKnownHosts` writes it. */
  knownHost(type?: KeyType, options?: { readonly hashed?: boolean }): Promise<string>;
  /** Makes a key pair that may log in. `options` of ssh-keygen. Returns the private key's text. */
  createKey(type: KeyType, options?: readonly string[]): Promise<string>;
  /** Makes a key pair that may not log in. */
  createStranger(): Promise<string>;
  /** A key that may read alone: the server's words for a push are `words`, as those of Git hosts. */
  createReadOnlyKey(words: string): Promise<string>;
  stop(): Promise<void>;
}

/** The user name that sshd's process has for itself, with the id that it sees. */
const USER = "git";
/** sshd of root's needs a user and a folder of the system: it runs under another id, in a user namespace. */
const MAPPED_ID = 1000;

/**
 * sshd from Debian's registry, or why it cannot be had or run here. libnss-wrapper gives its one user a shell, whatever
 * the machine's users are.
 */
export async function findSshd(): Promise<SshdProgram | { readonly missing: string }> {
  try {
    const names = ["openssh-server", "libwrap0", "libnss-wrapper"] as const;
    const folder = await unpackDebianPackages(names, process.env);
    if (isRoot()) await run("unshare", ["--user", `--map-user=${MAPPED_ID}`, "true"]);
    return { folder };
  } catch (error) {
    const { message, stderr = "" } = error as Error & { readonly stderr?: string };
    return { missing: (stderr.trim() || message).split("\n").at(-1) ?? message };
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export async function startSshServer(program: SshdProgram): Promise<SshServer> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-sshd-"));
  const [port = 0] = await findFreePorts(1);
  await writeConfig(dir, port);
  const guard = createGuard();
  const ref = await launch(program, dir, port);
  guard.watch(ref);
  let keys = 0;
  const generate = async (type: KeyType, more: readonly string[] = ["-N", ""]) => {
    const file = join(dir, `user-${++keys}`);
    await run("ssh-keygen", ["-q", "-t", type, "-f", file, ...more]);
    return file;
  };
  const authorize = async (file: string, options = "") => {
    const authorized = join(dir, "authorized_keys");
    await appendFile(authorized, `${options}${await readFile(`${file}.pub`, "utf8")}`);
    return await readFile(file, "utf8");
  };
  return {
    port,
    url: (folder) => `ssh://${USER}@127.0.0.1:${port}${folder}`,
    knownHost: async (type = "ed25519", { hashed = false } = {}) => {
      const [algorithm, key] = (await readFile(join(dir, `host-${type}.pub`), "utf8")).split(" ");
      const file = join(dir, "known_hosts");
      await writeFile(file, `[127.0.0.1]:${port} ${algorithm} ${key}\n`);
      if (hashed) await run("ssh-keygen", ["-q", "-H", "-f", file]);
      return await readFile(file, "utf8");
    },
    createStranger: async () => await readFile(await generate("ed25519"), "utf8"),
    createKey: async (type, more) => await authorize(await generate(type, more)),
    createReadOnlyKey: async (words) => await authorize(await generate("ed25519"), `command="${readOnly(words)}" `),
    stop: async () => {
      await endProcess(ref);
      guard.release(ref);
      guard.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** For a shell within quotation marks, as authorized_keys has it. */
function readOnly(words: string): string {
  const refuse = `echo '${words}' >&2; exit 1`;
  const script = `case "$SSH_ORIGINAL_COMMAND" in git-upload-pack*) eval "$SSH_ORIGINAL_COMMAND";; *) ${refuse};; esac`;
  return script.replaceAll('"', '\\"');
}

async function writeConfig(dir: string, port: number): Promise<void> {
  const id = isRoot() ? MAPPED_ID : process.getuid?.();
  await mkdir(join(dir, "home"));
  const hostKey = (type: KeyType) => join(dir, `host-${type}`);
  for (const type of KEY_TYPES) await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", hostKey(type)]);
  await writeFile(join(dir, "authorized_keys"), "");
  await writeFile(join(dir, "passwd"), `${USER}:x:${id}:${id}::${join(dir, "home")}:/bin/sh\n`);
  await writeFile(join(dir, "group"), `${USER}:x:${id}:\n`);
  const lines = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...KEY_TYPES.map((type) => `HostKey ${hostKey(type)}`),
    `AuthorizedKeysFile ${join(dir, "authorized_keys")}`,
    `SetEnv "PATH=${process.env.PATH}"`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
  ];
  await writeFile(join(dir, "sshd_config"), `${lines.join("\n")}\n`);
}

async function launch({ folder }: SshdProgram, dir: string, port: number) {
  const libraries = await findLibraries(folder);
  const sshd = [join(folder, "usr", "sbin", "sshd"), "-D", "-e", "-f", join(dir, "sshd_config")];
  const asUser = ["--user", `--map-user=${MAPPED_ID}`, `--map-group=${MAPPED_ID}`];
  const settings = [
    `LD_LIBRARY_PATH=${libraries}`,
    `LD_PRELOAD=${join(libraries, "libnss_wrapper.so")}`,
    `NSS_WRAPPER_PASSWD=${join(dir, "passwd")}`,
    `NSS_WRAPPER_GROUP=${join(dir, "group")}`,
  ];
  const [command = "", ...args] = [...(isRoot() ? ["unshare", ...asUser] : []), "env", ...settings, ...sshd];
  const logFile = join(dir, "sshd.log");
  const { ref, logTail } = await launchProcess({ command, args, logFile });
  const listening = `Server listening on 127.0.0.1 port ${port}.`;
  await waitUntil("sshd listens", async () => {
    if (!isRunning(ref)) throw new Error(`sshd has ended:\n${logTail()}`);
    return (await readFile(logFile)).includes(listening);
  });
  return ref;
}

/** Debian's folder of the machine's architecture. */
export async function findLibraries(folder: string): Promise<string> {
  const { stdout } = await run("find", [join(folder, "usr", "lib"), "-name", "libnss_wrapper.so"]);
  const [file] = stdout.split("\n");
  if (!file) throw new Error(`${folder} has no libnss_wrapper.so`);
  return join(file, "..");
}
