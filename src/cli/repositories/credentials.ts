import type { Secret } from "../../api/resources.ts";
import { ANNOTATION_ALLOWED_HOSTS } from "../../api/v1alpha1/well-known.ts";
import { remoteHost } from "../../core/identity/allowed-hosts.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { readLimited, readLocalFile } from "../folder/read-limited.ts";

/** How a command was told the credentials. */
export interface CredentialOptions {
  readonly username: string | undefined;
  readonly passwordStdin: boolean;
  readonly bearerTokenStdin: boolean;
  readonly sshKey: string | undefined;
  readonly knownHosts: string | undefined;
  readonly secret: string | undefined;
  readonly caFile: string | undefined;
}

const WAYS = "--username with --password-stdin, --bearer-token-stdin, --ssh-key with --known-hosts, and --secret";

/**
 * The Secret that these options describe; undefined if they describe none. It is bound to the host of the URL, if there
 * is one: the operator sends it to no other one. Passwords are read from stdin, since arguments are visible to other
 * processes.
 * @throws CliError usage for options that do not go together
 */
export async function describeSecret(
  context: Context,
  name: string,
  url: string | undefined,
  options: CredentialOptions,
): Promise<Secret | undefined> {
  const data = await readValues(context, options);
  if (data === undefined) return undefined;
  const { namespace } = await context.cluster();
  const annotations = url === undefined ? {} : { [ANNOTATION_ALLOWED_HOSTS]: hostOf(url) };
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")] as const);
  return { metadata: { name, namespace, annotations }, type: typeOf(options), data: Object.fromEntries(encoded) };
}

function hostOf(url: string): string {
  const host = remoteHost(url);
  if (host === undefined) throw new CliError("usage", `the host of ${JSON.stringify(url)} cannot be told for certain`);
  const isDefault = (host.transport === "https" && host.port === 443) || (host.transport === "ssh" && host.port === 22);
  return isDefault ? host.name : `${host.name}:${host.port}`;
}

async function readValues(
  context: Context,
  options: CredentialOptions,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { username, passwordStdin, bearerTokenStdin, sshKey, knownHosts, secret, caFile } = options;
  const ways = [username, bearerTokenStdin || undefined, sshKey, secret].filter((one) => one !== undefined);
  if (ways.length > 1) throw new CliError("usage", `these exclude one another: ${WAYS}`);
  if ((username === undefined) === passwordStdin) throw new CliError("usage", "--username goes with --password-stdin");
  if ((sshKey === undefined) !== (knownHosts === undefined)) {
    throw new CliError("usage", "--ssh-key goes with --known-hosts, the host keys as ssh-keyscan prints them");
  }
  if (secret !== undefined) {
    if (caFile !== undefined)
      throw new CliError("usage", "--ca-file goes into a new Secret: with --secret, it has ca.crt");
    return undefined;
  }
  const read = async (file: string) => (await readLocalFile(context.cwd, file)).toString("utf8");
  const ca = caFile === undefined ? {} : { "ca.crt": await read(caFile) };
  if (username !== undefined) return { username, password: await readStdin(context, "password"), ...ca };
  if (bearerTokenStdin) return { bearerToken: await readStdin(context, "token"), ...ca };
  if (sshKey !== undefined && knownHosts !== undefined) {
    return { "ssh-privatekey": await read(sshKey), known_hosts: await read(knownHosts), ...ca };
  }
  return caFile === undefined ? undefined : ca;
}

function typeOf({ username, sshKey }: CredentialOptions): string {
  if (username !== undefined) return "kubernetes.io/basic-auth";
  return sshKey === undefined ? "Opaque" : "kubernetes.io/ssh-auth";
}

async function readStdin({ stdin }: Context, what: string): Promise<string> {
  if (stdin.isTTY === true) throw new CliError("usage", `the ${what} is read from stdin: pipe it into the command`);
  const value = (await readLimited(stdin, "stdin")).toString("utf8").replace(/\r?\n$/, "");
  if (value === "") throw new CliError("usage", `stdin has no ${what}`);
  return value;
}
