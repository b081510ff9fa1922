import { ANNOTATION_ALLOWED_HOSTS } from "../../../api/v1alpha1/well-known.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { createSecret } from "../../repositories/create-secret.ts";
import { describeSecret } from "../../repositories/credentials.ts";
import { CREDENTIAL_OPTIONS } from "./credential-options.ts";

const { bearerTokenStdin, sshKey, knownHosts, caFile } = CREDENTIAL_OPTIONS;

export const secretCreateCommand = defineCommand({
  path: "secret create",
  group: "Repositories",
  summary: "Make a Secret with credentials that several Repositories share",
  description: [
    "A password or token is read from stdin: arguments are visible to other users of the machine, and stay in the " +
      "history of the shell. With --url it is sent to the host of that URL and to no other one.",
  ],
  examples: [
    {
      does: "A user with a password or access token, for one host",
      command: "secret create git-auth pkg --url https://git.example.com < token",
    },
    {
      does: "A key for ssh",
      command: "secret create git-ssh --url ssh://git.example.com --ssh-key id_ed25519 --known-hosts known_hosts",
    },
  ],
  args: {
    name: { kind: "required", placeholder: "NAME", description: "the name of the Secret" },
    username: { kind: "optional", placeholder: "USER", description: "the Git user, whose password comes from stdin" },
    token: { kind: "optional", placeholder: "TOKEN", description: "refused: it comes from stdin" },
  },
  options: {
    url: { kind: "value", value: "URL", description: "an address of the host that it is for" },
    bearerTokenStdin,
    sshKey,
    knownHosts,
    caFile,
  },
  run: async (context, { args: { name, username, token }, options }) => {
    // pkgctl takes it here.
    if (token !== undefined) {
      throw new CliError("usage", "a password is no argument: other users of the machine could read it", [
        `to give it on stdin: kubectl pkg secret create ${name} USER < FILE`,
      ]);
    }
    const credentials = { ...options, username, passwordStdin: username !== undefined, secret: undefined };
    const secret = await describeSecret(context, name, options.url, credentials);
    if (secret === undefined) {
      throw new CliError("usage", "there are no credentials: USER, --bearer-token-stdin, --ssh-key or --ca-file");
    }
    const host = secret.metadata.annotations?.[ANNOTATION_ALLOWED_HOSTS];
    await createSecret(context, secret);
    context.note(`created the Secret ${name}, for ${host ?? "any host: --url binds it to one"}`);
    context.suggest(`repo add NAME URL --secret ${name}`);
  },
});
