import type { OptionSpec } from "./option-spec.ts";

/** Options of every command, named as kubectl names them. */
export const GLOBAL_OPTIONS = {
  namespace: {
    kind: "value",
    short: "n",
    value: "NAME",
    description: "the namespace; that of the context by default",
    completes: "namespace",
  },
  context: {
    kind: "value",
    value: "NAME",
    description: "a context of the kubeconfig; its current one by default",
    completes: "context",
  },
  kubeconfig: {
    kind: "value",
    value: "FILE",
    description: "the kubeconfig; by default $KUBECONFIG or ~/.kube/config",
    completes: "folder",
  },
  as: { kind: "value", value: "USER", description: "act as another user, which needs the right to impersonate" },
  asGroup: { kind: "list", value: "GROUP", description: "with --as: a group of that user; may be repeated" },
  noInput: { kind: "flag", description: "never ask a question, also at a terminal" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The values of {@link GLOBAL_OPTIONS}. */
export interface GlobalOptions {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly as?: string;
  readonly asGroup: readonly string[];
  readonly noInput: boolean;
}
