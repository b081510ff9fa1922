import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";
import { isSameJson } from "../../core/identity/same-json.ts";
import type { JsonPatchOperation } from "../../core/ports/resources-client.ts";
import { CliError } from "../cli-error.ts";
import { withUser } from "../packages/user-names.ts";
import { describeInput, type InputObject, shortInput } from "./inputs.ts";
import type { Wishes } from "./words.ts";

export interface Settings {
  readonly labels: Wishes;
  readonly gates: Wishes;
  /** Each replaces the input of its kind, namespace and name, or is added. */
  readonly inputs: readonly InputObject[];
  /** `KIND/NAME`, or as {@link describeInput} names them. */
  readonly removedInputs: readonly string[];
}

/** One change, as it is shown: `A label tier=front`. */
export interface SettingChange {
  readonly kind: "added" | "changed" | "removed";
  readonly path: string;
}

export interface SettingsPlan {
  readonly changes: readonly SettingChange[];
  /** A JSON patch, which writes nothing but the changes: numbers of other inputs stay as they are, digit by digit. */
  readonly patch: readonly JsonPatchOperation[];
}

type Part = readonly [SettingChange, JsonPatchOperation];

/**
 * What differs between a package revision and the settings that a user wants.
 * @throws CliError for an unknown input
 */
export function planSettings(revision: PackageRevision, settings: Settings, user: string): SettingsPlan {
  const { metadata, spec } = revision;
  const { labels, annotations, resourceVersion } = metadata;
  const gates = spec.readinessGates?.map(({ conditionType }) => conditionType) ?? [];
  const parts = {
    labels: planLabels(labels ?? {}, settings.labels),
    gates: planGates(gates, settings.gates),
    inputs: planInputs(spec.inputs ?? [], settings),
  };
  const all = Object.values(parts).flat();
  const begin = (path: string, value: unknown, isThere: boolean): readonly JsonPatchOperation[] =>
    isThere ? [] : [{ op: "add", path, value }];
  const changers = withUser(annotations?.[ANNOTATION_CHANGED_BY], user);
  return {
    changes: all.map(([change]) => change),
    patch: [
      // The API server refuses the patch if the object has changed.
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      ...begin("/metadata/annotations", {}, annotations !== undefined),
      { op: "add", path: `/metadata/annotations/${escapeKey(ANNOTATION_CHANGED_BY)}`, value: changers },
      ...begin("/metadata/labels", {}, labels !== undefined || parts.labels.length === 0),
      ...begin("/spec/readinessGates", [], spec.readinessGates !== undefined || parts.gates.length === 0),
      ...begin("/spec/inputs", [], spec.inputs !== undefined || parts.inputs.length === 0),
      ...all.map(([, operation]) => operation),
    ],
  };
}

function planLabels(labels: Readonly<Record<string, string>>, wishes: Wishes): readonly Part[] {
  return [...wishes].flatMap(([key, value]): readonly Part[] => {
    const path = `/metadata/labels/${escapeKey(key)}`;
    const before = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (before === (value ?? undefined)) return [];
    if (value === null)
      return [
        [
          { kind: "removed", path: `label ${key}` },
          { op: "remove", path },
        ],
      ];
    const change = { kind: before === undefined ? "added" : "changed", path: `label ${key}=${value}` } as const;
    return [[change, { op: "add", path, value }]];
  });
}

function planGates(gates: readonly string[], wishes: Wishes): readonly Part[] {
  const removed = gates.flatMap((type, index): readonly Part[] =>
    wishes.get(type) === null ? [[changeOf("removed", "gate", type), remove("readinessGates", index)]] : [],
  );
  const added = [...wishes.values()].filter((type) => type !== null && !gates.includes(type));
  return [
    ...removed.reverse(),
    ...added.map((type): Part => {
      const value = { conditionType: type };
      return [changeOf("added", "gate", type ?? ""), { op: "add", path: "/spec/readinessGates/-", value }];
    }),
  ];
}

function planInputs(inputs: readonly InputObject[], { inputs: wanted, removedInputs }: Settings): readonly Part[] {
  const names = inputs.map(describeInput);
  const gone = new Set(removedInputs.map((text) => requireInput(inputs, text)));
  const wishes = new Map(wanted.map((one) => [describeInput(one), one] as const));
  const replaced = [...wishes].flatMap(([name, value]): readonly Part[] => {
    const at = names.indexOf(name);
    if (at < 0) return [[changeOf("added", "input", name), { op: "add", path: "/spec/inputs/-", value }]];
    if (gone.has(at)) throw new CliError("usage", `the input ${name} is given, and to be removed`);
    if (isSameJson(inputs[at], value)) return [];
    return [[changeOf("changed", "input", name), { op: "replace", path: `/spec/inputs/${at}`, value }]];
  });
  const removed = [...gone]
    .sort((a, b) => b - a)
    .map((at): Part => [changeOf("removed", "input", names[at] ?? ""), remove("inputs", at)]);
  return [...replaced, ...removed];
}

/** The index of the input that a text means. */
function requireInput(inputs: readonly InputObject[], text: string): number {
  const found = inputs.flatMap((one, index) =>
    text === describeInput(one) || text === shortInput(one) ? [index] : [],
  );
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  const names = inputs.map(describeInput).join(", ");
  const hint = names === "" ? "it has no inputs" : `its inputs: ${names}`;
  if (only === undefined) throw new CliError("notFound", `there is no input ${JSON.stringify(text)}`, [hint]);
  throw new CliError("usage", `${JSON.stringify(text)} is the name of ${found.length} inputs`, [hint]);
}

function changeOf(kind: SettingChange["kind"], what: string, name: string): SettingChange {
  return { kind, path: `${what} ${name}` };
}

function remove(field: string, index: number): JsonPatchOperation {
  return { op: "remove", path: `/spec/${field}/${index}` };
}

/** A key in a JSON pointer. */
function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
