import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { visitField } from "./field-spec.ts";
import { NAME_REFERENCES, type NameReference } from "./name-references.ts";
import { mapAt, scalarAt, scalarText, stringAt } from "./nodes/read.ts";
import { setScalar, setString } from "./nodes/write.ts";
import { annotationsOf, groupOf, metaOf, type Resource } from "./resource.ts";
import { isNamespaced } from "./scope.ts";

const DEPENDS_ON = "config.kubernetes.io/depends-on";

/** Gives objects new names, in this order of calls, and then all references to them. */
export class Renaming {
  /** The new name by group, kind, namespace and old name. */
  readonly #names = new Map<string, string>();

  rename({ root }: Resource, name: string): void {
    const metadata = mapAt(root, "metadata");
    if (metadata === undefined) return;
    const meta = metaOf(root);
    const namespace = isNamespaced(root) ? meta.namespace || "default" : "";
    this.#names.set(keyOf(groupOf(meta.apiVersion), meta.kind, namespace, meta.name), name);
    setString(metadata, "name", name);
  }

  /** Changes the names in references of these objects. */
  updateReferences(items: readonly Resource[]): void {
    if (this.#names.size === 0) return;
    for (const { root } of items) {
      for (const reference of NAME_REFERENCES) {
        for (const spec of reference.fields) {
          visitField(root, { ...spec, create: false }, never, (node) => this.#update(root, reference, node));
        }
      }
      this.#updateDependsOn(root);
    }
  }

  #update(root: YAMLMap, reference: NameReference, node: Node): void {
    if (isSeq(node)) for (const item of node.items) this.#update(root, reference, item as Node);
    else if (isScalar(node)) {
      const name = this.#find(reference, metaOf(root).namespace, scalarText(node) ?? "");
      if (name !== undefined) setScalar(node, name);
    } else if (isMap(node) && isOfKind(node, reference.kind)) {
      const namespace = stringAt(node, "namespace") || metaOf(root).namespace;
      const name = this.#find(reference, namespace, stringAt(node, "name"));
      if (name !== undefined && scalarAt(node, "name") !== undefined) setString(node, "name", name);
    }
  }

  /** An object of the namespace, or one of the whole cluster. */
  #find({ group, kind }: NameReference, namespace: string, name: string): string | undefined {
    const inNamespace = this.#names.get(keyOf(group, kind, namespace || "default", name));
    return inNamespace ?? this.#names.get(keyOf(group, kind, "", name));
  }

  /** `group/kind/name` or `group/namespaces/namespace/kind/name` */
  #updateDependsOn(root: YAMLMap): void {
    const annotations = mapAt(root, "metadata", "annotations");
    const value = annotationsOf(root).get(DEPENDS_ON);
    if (annotations === undefined || value === undefined) return;
    const parts = value.split("/");
    const [group = "", second = ""] = parts;
    const [namespace, kind = "", name = ""] =
      parts.length === 5 && second === "namespaces"
        ? parts.slice(2)
        : parts.length === 3
          ? ["", ...parts.slice(1)]
          : [];
    const found = this.#names.get(keyOf(group, kind, namespace ?? "", name));
    if (found !== undefined) setString(annotations, DEPENDS_ON, [...parts.slice(0, -1), found].join("/"));
  }
}

/** A reference may say which kind it names: `roleRef`, `subjects`. */
function isOfKind(node: YAMLMap, kind: string): boolean {
  const named = stringAt(node, "kind");
  return named === "" || named === kind;
}

function keyOf(...parts: readonly string[]): string {
  return parts.join("\0");
}

function never(): never {
  throw new Error("no reference is made where there is none");
}
