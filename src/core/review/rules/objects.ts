import { sha256Hex } from "../../identity/hash.ts";
import type { ReviewObject } from "../read-objects.ts";
import { type Feature, newFeatures, type RiskRule } from "../risk.ts";
import { isDefinition } from "./definitions.ts";
import { fieldOf, mapOf, shownList } from "./values.ts";

/** Secrets whose values are in the package. What SOPS has encrypted is not in clear. */
export const secretsInClear = newFeatures(({ object: { group, kind }, value }): readonly Feature[] => {
  if (group !== "" || kind !== "Secret") return [];
  const clear = (["data", "stringData"] as const).flatMap((field) =>
    Object.entries(mapOf(fieldOf(value, field))).filter(([, one]) => isClear(one)),
  );
  if (clear.length === 0) return [];
  const names = clear.map(([key]) => key).sort();
  const field = Object.keys(mapOf(value.data)).some((key) => names.includes(key)) ? "data" : "stringData";
  const key = sha256Hex(JSON.stringify(clear.toSorted(([a], [b]) => (a < b ? -1 : 1))));
  return [{ mark: "SecretInClear", key, field, message: `has values in clear: ${shownList(names)}` }];
});

function isClear(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !value.startsWith("ENC[");
}

const DATA_KINDS: ReadonlyMap<string, string> = new Map([
  ["Namespace", "everything in it is deleted"],
  ["PersistentVolumeClaim", "its data may be deleted"],
  ["PersistentVolume", "its data may be deleted"],
]);

/** Objects whose deletion takes data with it. One that gets another name is deleted, too. */
export const deletesData: RiskRule = ({ before, after }) => {
  if (before === undefined || (after !== undefined && isSameIdentity(before, after))) return [];
  const { group, kind } = before.object;
  const effect = isDefinition(before) ? "all objects of its kind are deleted" : DATA_KINDS.get(kind);
  if (effect === undefined || (group !== "" && !isDefinition(before))) return [];
  const what = after === undefined ? "is removed" : "gets another name, so that the old one is removed";
  return [{ mark: "DeletesData", message: `${what}: ${effect}` }];
};

export function isSameIdentity(before: ReviewObject, after: ReviewObject): boolean {
  const [was, now] = [before.object, after.object];
  return was.group === now.group && was.kind === now.kind && was.name === now.name && was.namespace === now.namespace;
}

export const replicasZero: RiskRule = ({ before, after }) => {
  if (before === undefined || after === undefined) return [];
  const [was, now] = [before, after].map(({ value }) => fieldOf(value, "spec", "replicas"));
  if (was === 0 || now !== 0) return [];
  return [{ mark: "ReplicasZero", field: "spec.replicas", message: "runs nothing any more" }];
};
