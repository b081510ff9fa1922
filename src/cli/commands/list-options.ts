import type { OptionSpec } from "../option-spec.ts";

/** Options of commands that list objects, as kubectl's. */
export const LIST_OPTIONS = {
  output: {
    kind: "value",
    short: "o",
    value: "FORMAT",
    description: "wide for more columns, the others for programs",
    choices: ["wide", "json", "yaml", "name"],
  },
  allNamespaces: { kind: "flag", short: "A", description: "of all namespaces" },
  selector: { kind: "value", short: "l", value: "LABELS", description: "of these labels, as for kubectl" },
  watch: { kind: "flag", short: "w", description: "go on with changes as they happen" },
} as const satisfies Readonly<Record<string, OptionSpec>>;
