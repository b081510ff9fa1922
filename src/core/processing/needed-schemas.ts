import type { PackageResult } from "../../api/v1alpha1/package-revision-resources.ts";
import type { SchemaSet } from "../validation/schema/kind-schema.ts";
import { bundledSchemas } from "../validation/schema/schema-set.ts";
import { type FileDefinition, fileDefinitions } from "./file-definitions.ts";
import type { FoundNeeded, NeededFile } from "./outside-objects.ts";
import { schemaWarning } from "./package-results.ts";

/** The kinds that packages define which a package needs, and which its target does not have itself. */
export interface NeededSchemas {
  readonly schemas: SchemaSet;
  /** Of packages that a person has to choose from: what they find is a warning. */
  readonly uncertain: SchemaSet;
  /** The apiVersions that `uncertain` was asked for, and had. */
  readonly guessed: ReadonlySet<string>;
  readonly warnings: readonly PackageResult[];
}

export function neededSchemas({ files, unread, isTooMuch }: FoundNeeded): NeededSchemas {
  const guessed = new Set<string>();
  const [certain, uncertain] = [false, true].map((one) => schemasOf(files.filter((file) => file.isAmbiguous === one)));
  const isIn = (all: SchemaSet | undefined): SchemaSet => {
    return (apiVersion, kind) => (bundledSchemas(apiVersion, kind) === undefined ? all?.(apiVersion, kind) : undefined);
  };
  return {
    schemas: isIn(certain),
    uncertain: (apiVersion, kind) => {
      const found = isIn(uncertain)(apiVersion, kind);
      if (found !== undefined) guessed.add(apiVersion);
      return found;
    },
    guessed,
    warnings: [...unread.map(unreadWarning), ...(isTooMuch ? [TOO_MUCH] : [])],
  };
}

/** No kind is in two of the files: a package is selected for each. */
function schemasOf(files: readonly NeededFile[]): SchemaSet {
  const found = new Map<string, FileDefinition & { readonly file: NeededFile }>();
  for (const file of files) {
    const wanted = new Set(file.kinds);
    for (const one of fileDefinitions(file)) if (wanted.has(kindOf(one))) found.set(one.type, { ...one, file });
  }
  return (apiVersion, kind) => {
    const { compiled, file } = found.get(`${apiVersion}/${kind}`) ?? {};
    if (compiled === undefined || file === undefined) return undefined;
    const place = `${JSON.stringify(file.path)} of ${JSON.stringify(file.source)}`;
    if (!file.isAmbiguous) return { ...compiled, definedIn: place };
    return { ...compiled, definedIn: `${place}, which is one of several packages that have it`, isUncertain: true };
  };
}

/** `GROUP/VERSION/KIND` → `GROUP/KIND`. */
function kindOf({ type }: FileDefinition): string {
  const [group, , kind] = type.split("/");
  return `${group}/${kind}`;
}

function unreadWarning({ path, source }: FoundNeeded["unread"][number]): PackageResult {
  const place = `${JSON.stringify(path)} of ${JSON.stringify(source)}`;
  return schemaWarning(`${place} could not be read: no object is compared with the definitions in it`);
}

const TOO_MUCH = schemaWarning(
  "the packages that this one needs define its kinds in more or larger files than are read: some of its objects are " +
    "not compared with them",
);
