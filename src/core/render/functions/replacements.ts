import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { splitFieldPath } from "../field-path.ts";
import { InvalidSelector, type LabelTest, readLabelSelector } from "../label-selector.ts";
import { nodeAt, scalarAt, scalarText, seqAt, stringAt } from "../nodes/read.ts";
import { FunctionError } from "./function.ts";

/** Which objects a source or target is; empty fields match all. */
export interface ObjectSelector {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface TargetSelector extends ObjectSelector {
  readonly labels: LabelTest;
  readonly annotations: LabelTest;
  /** True if labels or annotations are looked at. */
  readonly hasTests: boolean;
}

export interface FieldOptions {
  readonly delimiter: string;
  readonly index: number;
  readonly create: boolean;
}

export interface ReplacementTarget {
  readonly select: TargetSelector;
  readonly reject: readonly TargetSelector[];
  readonly fieldPaths: readonly (readonly string[])[];
  readonly options: FieldOptions;
}

export interface Replacement {
  /** For messages. */
  readonly node: Node;
  readonly source:
    | { readonly kind: "value"; readonly value: string }
    | {
        readonly kind: "field";
        readonly select: ObjectSelector;
        readonly fieldPath: readonly string[];
        readonly options: FieldOptions;
      };
  readonly targets: readonly ReplacementTarget[];
}

const MAX_PATH = 1000;
const DEFAULT_PATH = ["metadata", "name"];

/** Reads the replacements of a functionConfig. Throws a FunctionError with the place. */
export function readReplacements(config: YAMLMap): readonly Replacement[] {
  return (seqAt(config, "replacements")?.items ?? []).map((item, at) => {
    const field = `replacements[${at}]`;
    const targets = seqAt(item, "targets")?.items;
    if (!isMap(item) || targets === undefined) {
      throw new FunctionError("needs a source and at least one target in each replacement", placeOf(item, field));
    }
    return {
      node: item,
      source: readSource(item, field),
      targets: targets.map((target, index) => readTarget(target, `${field}.targets[${index}]`)),
    };
  });
}

function readSource(item: YAMLMap, field: string): Replacement["source"] {
  const [source, value] = [nodeAt(item, "source"), scalarAt(item, "sourceValue")];
  if ((source === undefined) === (value === undefined)) {
    throw new FunctionError("needs either a source or a sourceValue in each replacement", placeOf(item, field));
  }
  if (value !== undefined) return { kind: "value", value: scalarText(value) ?? "" };
  const path = stringAt(source, "fieldPath");
  return {
    kind: "field",
    select: readObjectSelector(source),
    fieldPath: path === "" ? DEFAULT_PATH : readPath(path, source, `${field}.source.fieldPath`),
    options: readOptions(source, `${field}.source`),
  };
}

function readTarget(target: unknown, field: string): ReplacementTarget {
  const select = nodeAt(target, "select");
  if (select === undefined) throw new FunctionError("needs a select in each target", placeOf(target, field));
  const paths = (seqAt(target, "fieldPaths")?.items ?? []).map((path) => {
    if (!isScalar(path)) throw new FunctionError("takes texts as fieldPaths", placeOf(path, `${field}.fieldPaths`));
    return readPath(scalarText(path) ?? "", path, `${field}.fieldPaths`);
  });
  return {
    select: readTargetSelector(select, `${field}.select`),
    reject: (seqAt(target, "reject")?.items ?? []).map((one, at) => readTargetSelector(one, `${field}.reject[${at}]`)),
    fieldPaths: paths.length === 0 ? [DEFAULT_PATH] : paths,
    options: readOptions(target, field),
  };
}

function readPath(path: string, node: unknown, field: string): readonly string[] {
  if (path.length <= MAX_PATH) return splitFieldPath(path);
  throw new FunctionError(`takes field paths of ${MAX_PATH} characters at most`, placeOf(node, field));
}

function readObjectSelector(node: unknown): ObjectSelector {
  const [group, version, kind] = [stringAt(node, "group"), stringAt(node, "version"), stringAt(node, "kind")];
  return { group, version, kind, name: stringAt(node, "name"), namespace: stringAt(node, "namespace") };
}

function readTargetSelector(node: unknown, field: string): TargetSelector {
  const [labels, annotations] = [stringAt(node, "labelSelector"), stringAt(node, "annotationSelector")];
  const hasTests = labels !== "" || annotations !== "";
  const read = (text: string, key: string): LabelTest => {
    try {
      return readLabelSelector(text);
    } catch (error) {
      if (!(error instanceof InvalidSelector)) throw error;
      throw new FunctionError(
        `takes a label selector; the one here ${error.message}`,
        placeOf(node, `${field}.${key}`),
      );
    }
  };
  return {
    ...readObjectSelector(node),
    labels: read(labels, "labelSelector"),
    annotations: read(annotations, "annotationSelector"),
    hasTests,
  };
}

function readOptions(parent: unknown, field: string): FieldOptions {
  const index = stringAt(parent, "options", "index");
  if (index !== "" && !/^-?\d{1,6}$/.test(index)) {
    throw new FunctionError("takes a number as index", placeOf(nodeAt(parent, "options"), `${field}.options.index`));
  }
  return {
    delimiter: stringAt(parent, "options", "delimiter"),
    index: Number(index),
    create: stringAt(parent, "options", "create") === "true",
  };
}

function placeOf(node: unknown, field: string): FunctionError["place"] {
  return isMap(node) || isSeq(node) || isScalar(node) ? { node, field } : { field };
}
