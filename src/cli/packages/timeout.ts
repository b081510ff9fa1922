import { parseDuration } from "../../core/identity/duration.ts";
import { CliError } from "../cli-error.ts";
import type { OptionSpec } from "../option-spec.ts";

export const TIMEOUT = {
  kind: "value",
  value: "TIME",
  description: "how long to wait, such as 30s or 5m",
  default: "1m",
} as const satisfies OptionSpec;

/** Throws a CliError for a text that is no duration. */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0)
    throw new CliError("usage", `--timeout ${JSON.stringify(text)} is no time such as 30s`);
  return ms;
}
