import { inject } from "vitest";
import type { Capability } from "../harness/capabilities.ts";

/** True if the control plane of this run has it. */
export function has(capability: Capability): boolean {
  return inject("capabilities").lacking[capability] === undefined;
}

/**
 * Title and options of a `describe` or `it` that this capability of the control plane is needed for, if any is. Without
 * it they are skipped, with the reason in their name.
 */
export function needs(
  capability: Capability | undefined,
  title: string,
): [title: string, options: { readonly skip: boolean }] {
  const why = capability === undefined ? undefined : inject("capabilities").lacking[capability];
  return why === undefined
    ? [title, { skip: false }]
    : [`${title} (skipped, needs ${capability}: ${why})`, { skip: true }];
}
