import { type Document, isAlias, isMap, isScalar, isSeq, visit, type YAMLMap } from "yaml";

/** A node that may be a Kubernetes object. */
export interface ObjectNode {
  readonly node: unknown;
  /** What the object is if it does not say so: an item of a `ConfigMapList` is a ConfigMap. */
  readonly ofList?: { readonly apiVersion: string; readonly kind: string };
}

/**
 * The nodes of a document that may be Kubernetes objects: its root, or the items of a list. kubectl and Flux take
 * everything with `items` for a list: of another kind, both count. A node with several aliases is there once.
 */
export function objectNodes(document: Document.Parsed): readonly ObjectNode[] {
  return new ObjectNodes(document).find();
}

class ObjectNodes {
  readonly #document: Document.Parsed;
  readonly #found: ObjectNode[] = [];
  readonly #seen = new Set<unknown>();
  #targets: ReadonlyMap<unknown, unknown> | undefined;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  find(): readonly ObjectNode[] {
    this.#add({ node: this.#document.contents });
    return this.#found;
  }

  /** Recurses: the depth of what was read is limited. */
  #add(one: ObjectNode): void {
    const node = this.#resolve(one.node);
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    const items = isMap(node) ? this.#fieldOf(node, "items") : undefined;
    if (!isMap(node) || !isSeq(items)) return void this.#found.push({ ...one, node });
    const [apiVersion, kind] = [this.#textOf(node, "apiVersion"), this.#textOf(node, "kind")];
    const isList = kind.endsWith("List");
    if (!isList) this.#found.push({ ...one, node });
    const ofList = { apiVersion, kind: kind.replace(/List$/, "") };
    for (const item of items.items) this.#add({ node: item, ...(isList && ofList.kind !== "" && { ofList }) });
  }

  /** The value of a field, also one of a mapping that is merged. */
  #fieldOf(map: YAMLMap, key: string): unknown {
    const own = map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
    if (own !== undefined) return this.#resolve(own.value);
    for (const { key: name, value } of map.items) {
      if (!isScalar(name) || typeof name.value !== "symbol") continue;
      const merged = this.#resolve(value);
      for (const one of isSeq(merged) ? merged.items : [merged]) {
        const source = this.#resolve(one);
        const found = isMap(source) ? this.#fieldOf(source, key) : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #textOf(map: YAMLMap, key: string): string {
    const value = this.#fieldOf(map, key);
    return isScalar(value) && typeof value.value === "string" ? value.value : "";
  }

  /** One walk for all aliases: the library takes one for each. */
  #resolve(node: unknown): unknown {
    if (!isAlias(node)) return node;
    this.#targets ??= targetsOf(this.#document);
    return this.#targets.get(node);
  }
}

/** What the aliases of a document stand for. */
function targetsOf(document: Document.Parsed): ReadonlyMap<unknown, unknown> {
  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
