import { isMap, isScalar, type Scalar, type YAMLMap } from "yaml";
import { readFieldSpecs, visitField } from "../field-spec.ts";
import { setText } from "../nodes/plain.ts";
import { mapAt, nodeAt, scalarAt, scalarText, seqAt } from "../nodes/read.ts";
import { InvalidPattern, meteredPattern, type SpendSteps } from "../regexp.ts";
import { metaOf } from "../resource.ts";
import { dataOf, isConfigMap, requireConfig } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Sets the name, the tag or the digest of the images of containers. */
export const setImage: KrmFunction = { name: "set-image", version: 1, run };

const KEYS = ["name", "newName", "newTag", "digest"] as const;
type NewImage = Readonly<Record<(typeof KEYS)[number], string>>;

/** Where each kind has the spec of a pod. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  PodTemplate: ["template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
  ...Object.fromEntries(
    ["Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "ReplicationController", "Job"].map((kind) => [
      kind,
      ["spec", "template", "spec"],
    ]),
  ),
};

function run({ items, config: given, report, budget }: FunctionCall): void {
  const config = requireConfig(given, "SetImage");
  const image = readImage(config);
  const matches = matcherOf(image.name, budget.match);
  let count = 0;
  const update = (node: Scalar) => {
    const old = scalarText(node) ?? "";
    if (!matches(old)) return;
    const text = newImage(old, image);
    if (text === old) return;
    setText(node, text);
    count++;
  };
  const fields = isConfigMap(config) ? [] : readFieldSpecs(config, "additionalImageFields");
  for (const { root } of items) {
    const { kind } = metaOf(root);
    const path = Object.hasOwn(POD_SPECS, kind) ? POD_SPECS[kind] : undefined;
    const pod = path === undefined ? undefined : mapAt(root, ...path);
    for (const container of containersOf(pod)) {
      const node = scalarAt(container, "image");
      if (node !== undefined) update(node);
    }
    for (const spec of fields) {
      visitField(root, { ...spec, create: false }, never, (node) => {
        if (isScalar(node)) update(node);
      });
    }
  }
  report({ severity: "info", message: `summary: updated a total of ${count} image(s)` });
}

function never(): never {
  throw new Error("no image is made where there is none");
}

function containersOf(pod: YAMLMap | undefined): readonly unknown[] {
  return ["initContainers", "containers"].flatMap((key) => seqAt(pod, key)?.items ?? []);
}

function readImage(config: YAMLMap): NewImage {
  const values = isConfigMap(config) ? dataOf(config) : stringsOf(nodeAt(config, "image"));
  for (const key of values.keys()) {
    if (!KEYS.includes(key as keyof NewImage)) {
      throw new FunctionError(`ConfigMap has wrong field name ${key.slice(0, 100)}`, { field: key });
    }
  }
  const image = Object.fromEntries(KEYS.map((key) => [key, values.get(key) ?? ""])) as NewImage;
  if (image.name === "") throw new FunctionError("must specify `name`", { field: "name" });
  if (image.newName + image.newTag + image.digest === "") {
    throw new FunctionError("must specify one of `newName`, `newTag`, or `digest`", { field: "newName" });
  }
  return image;
}

function stringsOf(node: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!isMap(node)) return found;
  for (const { key, value } of node.items) {
    if (isScalar(key) && isScalar(value)) found.set(String(key.value), scalarText(value) ?? "");
  }
  return found;
}

/** The name is a regular expression, as for kpt. */
function matcherOf(name: string, spend: SpendSteps): (image: string) => boolean {
  try {
    const search = meteredPattern(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`, spend);
    return (image) => search(image).find();
  } catch (error) {
    if (!(error instanceof InvalidPattern)) throw error;
    throw new FunctionError(`takes the name of an image as \`name\`: ${error.message}`, { field: "name" });
  }
}

function newImage(old: string, image: NewImage): string {
  const { name, tag, digest } = splitImage(old);
  const newName = image.newName === "" ? name : image.newName;
  if (image.digest !== "") return `${newName}@${image.digest}`;
  if (image.newTag !== "") return `${newName}:${image.newTag}`;
  return tag === "" ? newName + (digest === "" ? "" : `@${digest}`) : `${newName}:${tag}`;
}

/** The colon of a registry's port begins no tag. */
function splitImage(image: string): { readonly name: string; readonly tag: string; readonly digest: string } {
  const at = image.indexOf("@");
  const [rest, digest] = at === -1 ? [image, ""] : [image.slice(0, at), image.slice(at + 1)];
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  return colon === -1
    ? { name: rest, tag: "", digest }
    : { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}
