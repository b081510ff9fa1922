import type { OptionSpec } from "../../option-spec.ts";

/** How a command is told the credentials of a Git repository. */
export const CREDENTIAL_OPTIONS = {
  username: { kind: "value", value: "USER", description: "the Git user, with --password-stdin" },
  passwordStdin: { kind: "flag", description: "read the password or access token from stdin" },
  bearerTokenStdin: { kind: "flag", description: "read a bearer token from stdin" },
  sshKey: { kind: "value", value: "FILE", description: "a private key, with --known-hosts", completes: "folder" },
  knownHosts: {
    kind: "value",
    value: "FILE",
    description: "the host keys, as ssh-keyscan prints them",
    completes: "folder",
  },
  secret: { kind: "value", value: "SECRET", description: "a Secret that exists, instead" },
  caFile: {
    kind: "value",
    value: "FILE",
    description: "the certificate of the server's own authority (PEM)",
    completes: "folder",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;
