import type { YAMLMap } from "yaml";
import type { EditableDocument } from "../yaml-edit/yaml-file.ts";
import { childOf, stringAt, stringsAt } from "./nodes/read.ts";

/** The document of a file that a resource was read from. */
export interface ResourceSource {
  readonly text: string;
  readonly document: EditableDocument;
}

/** A Kubernetes object of a package. Functions change its nodes as they like. */
export interface Resource {
  readonly root: YAMLMap;
  /** The folder of its package; empty for the root package. That of the function, for one that a function has made. */
  package: string;
  /** Relative to its package; undefined for one that a function has made, until the function ends. */
  path?: string;
  /** The place in its file. */
  index?: number;
  /** Absent for one that a function has made. */
  readonly source?: ResourceSource;
}

/** What functions and selectors look at; absent fields are empty. */
export interface Meta {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export function metaOf(root: YAMLMap): Meta {
  const metadata = childOf(root, "metadata");
  return {
    apiVersion: stringAt(root, "apiVersion"),
    kind: stringAt(root, "kind"),
    name: stringAt(metadata, "name"),
    namespace: stringAt(metadata, "namespace"),
  };
}

/** `apps` of `apps/v1`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

export function labelsOf(root: YAMLMap): ReadonlyMap<string, string> {
  return stringsAt(root, "metadata", "labels");
}

export function annotationsOf(root: YAMLMap): ReadonlyMap<string, string> {
  return stringsAt(root, "metadata", "annotations");
}

/** Marks an object that tools use, and that is not applied. */
export const LOCAL_CONFIG = "config.kubernetes.io/local-config";

export function isLocalConfig(root: YAMLMap): boolean {
  return annotationsOf(root).get(LOCAL_CONFIG) === "true";
}
