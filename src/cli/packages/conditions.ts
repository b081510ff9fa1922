import type { Condition } from "../../api/v1alpha1/conditions.ts";

interface Conditioned {
  readonly status?: { readonly conditions?: readonly Condition[] } | undefined;
}

export function readyOf({ status }: Conditioned): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

/** The condition that says that a person is needed; undefined if none is. */
export function stalledOf({ status }: Conditioned): Condition | undefined {
  return status?.conditions?.find((one) => one.type === "Stalled" && one.status === "True");
}

/** The condition of the files if it is not True: False, or Unknown as long as they are checked. */
export function invalidFilesOf({ status }: Conditioned): Condition | undefined {
  return status?.conditions?.find((one) => one.type === "FilesValid" && one.status !== "True");
}

/** The conditions of the render and the validation that are there and not True. */
export function unfinishedOf({ status }: Conditioned): readonly Condition[] {
  const types = ["Rendered", "Validated"];
  return (status?.conditions ?? []).filter((one) => types.includes(one.type) && one.status !== "True");
}

/** Why it is as it is, in the words of the condition Ready; undefined without an object, too. */
export function reasonOf(object: Conditioned | undefined): string | undefined {
  const ready = object && readyOf(object);
  return ready && `${ready.reason}${ready.message === "" ? "" : `: ${ready.message}`}`;
}
