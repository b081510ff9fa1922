import { repositories, secrets } from "../../../api/resources.ts";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import { foldLabel, legalLabel } from "../../../core/identity/names.ts";
import { ALL_TRANSPORTS, parseRemoteUrl } from "../../../core/identity/url.ts";
import { isAlreadyExists } from "../../../kube/client/errors.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { createSecret } from "../../repositories/create-secret.ts";
import { type CredentialOptions, describeSecret } from "../../repositories/credentials.ts";
import { describeFound, describeSkipped } from "../../repositories/describe-repository.ts";
import { waitForSync } from "../../repositories/wait-for-sync.ts";
import { CREDENTIAL_OPTIONS } from "./credential-options.ts";

export const repoAddCommand = defineCommand({
  path: "repo add",
  aliases: ["repo create", "repo register", "repo reg"],
  group: "Repositories",
  summary: "Register a Git repository, and wait until its packages are known",
  description: [
    "Credentials become a Secret NAME-git, bound to the host of the URL: they are sent to no other one. A password or " +
      "token is read from stdin. The Secret is deleted with the Repository.",
  ],
  examples: [
    {
      does: "A catalog of blueprints, with a password or access token",
      command: "repo add catalog https://git.example.com/catalog.git --username pkg --password-stdin < token",
    },
    {
      does: "A repository of packages for targets, with a Secret that exists",
      command: "repo add deployments https://git.example.com/deployments.git --deployment --secret git-auth",
    },
    {
      does: "By ssh",
      command: "repo add apps git@git.example.com:apps.git --ssh-key id_ed25519 --known-hosts known_hosts",
    },
  ],
  args: {
    name: { kind: "required", placeholder: "NAME", description: "the name of the Repository, a DNS label" },
    url: { kind: "optional", placeholder: "URL", description: "the address, without a password" },
  },
  options: {
    url: { kind: "value", value: "URL", description: "the address, instead of the argument" },
    deployment: {
      kind: "flag",
      short: "d",
      description: "of packages for targets; without it, a catalog of blueprints",
    },
    ref: { kind: "value", value: "BRANCH", description: "the branch with the published packages; main by default" },
    directory: { kind: "value", value: "FOLDER", description: "the folder with the packages; the root by default" },
    interval: { kind: "value", value: "TIME", description: "how often the remote is read; 1m by default" },
    ...CREDENTIAL_OPTIONS,
    noWait: { kind: "flag", description: "do not wait until it is Ready" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    requireName(args.name);
    const url = args.url ?? options.url;
    if (url === undefined) throw new CliError("usage", "the URL is needed");
    if (args.url !== undefined && options.url !== undefined) throw new CliError("usage", "give one URL");
    // Before the API server sees it, which would record a password in it.
    const parsed = parseRemoteUrl(url, ALL_TRANSPORTS);
    if ("problem" in parsed) {
      throw new CliError("usage", parsed.problem, ["credentials are given apart: --username USER --password-stdin"]);
    }
    const { ref, directory, interval, deployment } = options;
    const credentials = await provideSecret(context, args.name, url, options);
    const spec = {
      ...(deployment && { deployment }),
      git: {
        url,
        ...(ref !== undefined && { ref }),
        ...(directory !== undefined && { directory }),
        ...(credentials !== undefined && { credentials: credentials.name }),
      },
      ...(interval !== undefined && { sync: { interval } }),
    };
    const newSecret = credentials?.isNew === true ? credentials.name : undefined;
    const created = await createRepository(context, args.name, spec, newSecret);
    context.note(`registered ${args.name}`);
    if (options.noWait) return;
    const repository = await waitForSync(context, created, timeoutMs);
    context.print(describeFound(repository));
    for (const line of describeSkipped(repository)) context.print(line);
    context.suggest(`get --repo ${args.name}`);
  },
});

/** A name that the API server would refuse, after the Secret has been created. */
function requireName(name: string): void {
  if (foldLabel(name) === name) return;
  const legal = legalLabel(name);
  const rule = "1 to 63 of a-z, 0-9 and -, a letter or digit first and last, and not digits alone";
  throw new CliError("usage", `${JSON.stringify(name)} is no name of a Repository: it has ${rule}`, [
    ...(foldLabel(legal) === legal ? [`a name that fits: ${legal}`] : []),
  ]);
}

interface Credentials {
  readonly name: string;
  /** Made by this command. */
  readonly isNew: boolean;
}

async function provideSecret(
  context: Context,
  repository: string,
  url: string,
  options: CredentialOptions,
): Promise<Credentials | undefined> {
  const secret = await describeSecret(context, `${repository}-git`, url, options);
  if (secret === undefined) return options.secret === undefined ? undefined : { name: options.secret, isNew: false };
  return { name: await createSecret(context, secret), isNew: true };
}

/** Takes a new Secret back if the Repository cannot be created; else the Secret is deleted with it. */
async function createRepository(
  context: Context,
  name: string,
  spec: Repository["spec"],
  newSecret: string | undefined,
): Promise<Repository> {
  const { client, namespace } = await context.cluster();
  const secret = newSecret === undefined ? undefined : { namespace, name: newSecret };
  try {
    const created = await client.create(repositories, { metadata: { name, namespace }, spec } as Repository);
    if (secret !== undefined) {
      const { apiVersion, kind } = created;
      const owner = { apiVersion, kind, name, uid: created.metadata.uid };
      await client.patch(secrets, secret, { kind: "merge", body: { metadata: { ownerReferences: [owner] } } });
    }
    return created;
  } catch (error) {
    if (secret !== undefined) await client.delete(secrets, secret);
    if (!isAlreadyExists(error)) throw error;
    throw new CliError("conflict", `there is a Repository ${name} already`, [
      `to see it: kubectl pkg repo show ${name}`,
    ]);
  }
}
