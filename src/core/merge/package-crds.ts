import { isMap } from "yaml";
import { utf8Text } from "../files/utf8-text.ts";
import { plainValue } from "../render/external/to-json.ts";
import { isKrmFile } from "../render/packages.ts";
import { metaOf } from "../render/resource.ts";
import { firstOf, type SchemaSet } from "../validation/schema/kind-schema.ts";
import { packageSchemas } from "../validation/schema/package-schemas.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

const KIND = "CustomResourceDefinition";

/** The kinds that the packages define: as upstream has them, else the local side, else the base. */
export function definedSchemas({ base, upstream, local }: Three<FileMap>): SchemaSet {
  return firstOf(...[upstream, local, base].map((files) => packageSchemas(definitionsIn(files))));
}

function definitionsIn(files: FileMap) {
  return [...files].flatMap(([path, bytes]) => {
    const text = isKrmFile(path) ? utf8Text(bytes) : undefined;
    if (text?.includes(KIND) !== true) return [];
    const file = readYamlFile(text);
    if ("problems" in file) return [];
    return file.documents.flatMap(({ document: { contents } }) => {
      if (!isMap(contents)) return [];
      const { apiVersion, kind } = metaOf(contents);
      return kind === KIND ? [{ apiVersion, kind, value: plainValue(contents) }] : [];
    });
  });
}
