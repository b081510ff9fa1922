import { formatCount } from "../../conditions/count.ts";
import { placeOf } from "../krm.ts";
import type { FunctionResult } from "../rendered.ts";
import { isLocalConfig, LOCAL_CONFIG, metaOf } from "../resource.ts";
import type { Block } from "./block.ts";
import type { ReadBlock } from "./read-blocks.ts";

export type OnResult = (result: FunctionResult) => void;

/** Reports a result of a block, at its first line. */
export function report(
  onResult: OnResult,
  { resource }: Block,
  severity: FunctionResult["severity"],
  message: string,
): void {
  const { apiVersion, kind, name, namespace } = metaOf(resource.root);
  const named = { apiVersion, kind, name, ...(namespace !== "" && { namespace }) };
  onResult({ severity, message, function: "kform", package: "", ...placeOf(resource), resource: named });
}

/** Reports what has no effect, or another one than its author may expect; each once for all blocks. */
export function reportIgnored(found: readonly ReadBlock[], onResult: OnResult): void {
  const first = found.find(({ block: { type } }) => type === "provider" || type === "backend");
  if (first !== undefined) {
    const message = "provider and backend blocks have no effect: nothing is applied while rendering";
    report(onResult, first.block, "info", message);
  }
  const applied = found.filter(({ block: { root } }) => !isLocalConfig(root));
  const [one] = applied;
  if (one !== undefined) {
    const what = `${formatCount(applied.length, "block")} without the annotation ${LOCAL_CONFIG}: "true"`;
    const message = `${what}: a tool that applies the whole package applies blocks, too`;
    report(onResult, one.block, "info", message);
  }
  const told = new Set<string>();
  for (const { block, ignored } of found) {
    for (const annotation of ignored.filter((one) => !told.has(one))) {
      told.add(annotation);
      report(onResult, block, "warning", `the annotation ${annotation} has no effect`);
    }
  }
}
