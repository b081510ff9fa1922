import type { ParsedObject } from "../validation/objects/parse-objects.ts";

/** An object, and the file that it is in. */
export interface PackageObject extends Pick<ParsedObject, "apiVersion" | "kind" | "value"> {
  readonly path: string;
}
