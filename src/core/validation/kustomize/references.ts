import { isSchema } from "../schema/open-api-schema.ts";
import type { FieldPath } from "../schema/unknown-fields.ts";

/** A file or folder that a kustomization file names. */
export interface KustomizeReference {
  readonly field: FieldPath;
  /** From the folder of the kustomization file. */
  readonly path: string;
  /** A folder with a kustomization file will do. */
  readonly mayBeFolder: boolean;
}

/** Lists of files and folders, or of objects. */
const ENTRIES = ["resources", "bases", "components", "generators", "transformers", "validators"] as const;
/** Lists of files; of those of patches, some are objects. */
const FILES = ["crds", "configurations", "patchesStrategicMerge"] as const;
/** Lists of settings with the path of a file. */
const WITH_PATH = ["patches", "patchesJson6902", "replacements"] as const;
const GENERATORS = ["configMapGenerator", "secretGenerator"] as const;

/** What a kustomization names, without what is on another host. */
export function referencesOf(kustomization: Readonly<Record<string, unknown>>): readonly KustomizeReference[] {
  const { openapi } = kustomization;
  const all = [
    ...ENTRIES.flatMap((name) => textsOf([name], kustomization[name]).map((one) => ({ ...one, mayBeFolder: true }))),
    ...FILES.flatMap((name) => textsOf([name], kustomization[name]).map(asFile)),
    ...WITH_PATH.flatMap((name) =>
      settingsOf(name, kustomization).flatMap(({ field, value }) => textOf([...field, "path"], value.path).map(asFile)),
    ),
    ...GENERATORS.flatMap((name) => settingsOf(name, kustomization).flatMap(filesOfGenerator)),
    ...(isSchema(openapi) ? textOf(["openapi", "path"], openapi.path).map(asFile) : []),
  ];
  return all.filter(({ path }) => path !== "" && !isElsewhere(path));
}

type Place = Pick<KustomizeReference, "field" | "path">;

interface Setting {
  readonly field: FieldPath;
  readonly value: Readonly<Record<string, unknown>>;
}

function asFile(place: Place): KustomizeReference {
  return { ...place, mayBeFolder: false };
}

function filesOfGenerator({ field, value }: Setting): readonly KustomizeReference[] {
  const files = textsOf([...field, "files"], value.files).map(({ path, ...one }) => {
    // `KEY=PATH`, or a path.
    return { ...one, path: path.slice(path.indexOf("=") + 1) };
  });
  return [...files, ...textsOf([...field, "envs"], value.envs), ...textOf([...field, "env"], value.env)].map(asFile);
}

function settingsOf(name: string, kustomization: Readonly<Record<string, unknown>>): readonly Setting[] {
  const list = kustomization[name];
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown, index) => (isSchema(value) ? [{ field: [name, index], value }] : []));
}

function textsOf(field: FieldPath, list: unknown): readonly Place[] {
  return Array.isArray(list) ? list.flatMap((one: unknown, index) => textOf([...field, index], one)) : [];
}

/** The path of a file; none for a text that is an object, given inline. */
function textOf(field: FieldPath, value: unknown): readonly Place[] {
  return typeof value === "string" && !/[\n{]|: /.test(value) ? [{ field, path: value }] : [];
}

/** True for URLs and repositories: nothing is fetched to look at them. */
function isElsewhere(path: string): boolean {
  return /:\/\/|^[^/]*@|\?|^[^/]+:|^(?:github\.com|gitlab\.com|bitbucket\.org)\//.test(path);
}
