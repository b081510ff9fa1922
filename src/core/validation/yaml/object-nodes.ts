import { type Document, isMap, isSeq } from "yaml";

/** The nodes of a document that may be Kubernetes objects: its root, or the items of a list. */
export function objectNodes({ contents }: Document.Parsed): readonly unknown[] {
  const isList = isMap(contents) && String(contents.get("kind")).endsWith("List");
  const items = isList ? contents.get("items", true) : undefined;
  return isSeq(items) ? items.items : [contents];
}
