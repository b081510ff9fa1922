import type { YAMLMap } from "yaml";
import type { FunctionReport, Severity } from "../functions/function.ts";
import { mapAt, stringAt } from "../nodes/read.ts";
import { groupOf, metaOf, type Resource } from "../resource.ts";

const SEVERITIES: ReadonlySet<string> = new Set(["error", "warning", "info"] satisfies Severity[]);

/** A result of the specification of KRM functions. What is no known severity is an error, as the default there. */
export function reportOf(result: YAMLMap, items: readonly Resource[], maxText: number): FunctionReport {
  const given = stringAt(result, "severity");
  const severity = (SEVERITIES.has(given) ? given : "error") as Severity;
  const text = (...path: readonly string[]) => stringAt(result, ...path).slice(0, maxText);
  const fields = {
    field: text("field", "path"),
    currentValue: text("field", "currentValue"),
    proposedValue: text("field", "proposedValue"),
  };
  const resource = resourceOf(result, items);
  return {
    severity,
    message: text("message") || "gives no message",
    ...(resource !== undefined && { resource }),
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "")),
  };
}

function resourceOf(result: YAMLMap, items: readonly Resource[]): Resource | undefined {
  const path = stringAt(result, "file", "path");
  const inFile = path === "" ? items : items.filter((one) => one.path === path);
  const ref = mapAt(result, "resourceRef");
  if (ref === undefined) {
    const index = stringAt(result, "file", "index") || "0";
    return path === "" ? undefined : (inFile.find((one) => String(one.index) === index) ?? inFile[0]);
  }
  const group = groupOf(stringAt(ref, "apiVersion"));
  const wanted = { kind: stringAt(ref, "kind"), name: stringAt(ref, "name"), namespace: stringAt(ref, "namespace") };
  return inFile.find(({ root }) => {
    const { apiVersion, kind, name, namespace } = metaOf(root);
    return (
      groupOf(apiVersion) === group && kind === wanted.kind && name === wanted.name && namespace === wanted.namespace
    );
  });
}
