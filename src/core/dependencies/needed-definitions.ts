import { canonicalJson } from "../identity/canonical-json.ts";
import { compare } from "../identity/compare.ts";
import { sha256Hex } from "../identity/hash.ts";
import type { DependencyGraph, DependencyNode } from "./graph.ts";
import { isAmbiguous } from "./missing.ts";
import { offerOf, revisionName, targetOf } from "./revision-apis.ts";

/** A file of another package that defines kinds which a package has. */
export interface NeededDefinition {
  /** The name of the package revision's object. */
  readonly revision: string;
  /** `catalog/infra/cert-manager@v1`. */
  readonly package: string;
  readonly path: string;
  /** `GROUP/KIND`, sorted. */
  readonly kinds: readonly string[];
  /** Another package has them as well: a person decides which one it will be. */
  readonly isAmbiguous: boolean;
}

/**
 * The files that define the kinds of a package, of the revisions that it needs; sorted. Without packages of its own
 * target in its own repository: what these define is known without a resolution.
 */
export function neededDefinitions({ root, nodes }: DependencyGraph): readonly NeededDefinition[] {
  const found = new Map<string, NeededDefinition & { readonly kinds: string[] }>();
  for (const [id, needs] of root.edges) {
    const node = nodes.get(id);
    if (node === undefined || isBeside(root, node)) continue;
    for (const one of needs) {
      const offer = one.kind === "api" ? offerOf(node.revision, one.need)?.offer : undefined;
      // An APIService has no definition.
      if (offer?.kind === undefined) continue;
      const key = JSON.stringify([id, offer.file]);
      const definition = found.get(key) ?? definitionIn(node, offer.file);
      found.set(key, definition);
      const kind = `${offer.group}/${offer.kind}`;
      if (!definition.kinds.includes(kind)) definition.kinds.push(kind);
    }
  }
  const all = [...found.values()].map((one) => ({ ...one, kinds: one.kinds.sort() }));
  return all.sort((a, b) => compare(a.revision, b.revision) || compare(a.path, b.path));
}

/** Equal for equal lists; empty for an empty one. */
export function digestOfDefinitions(all: readonly NeededDefinition[]): string {
  return all.length === 0 ? "" : sha256Hex(canonicalJson(all));
}

function definitionIn(node: DependencyNode, path: string) {
  const { revision } = node;
  const kinds: string[] = [];
  return { revision: revision.name, package: revisionName(revision), path, kinds, isAmbiguous: isAmbiguous(node) };
}

function isBeside({ revision: { package: own } }: DependencyNode, { revision, state }: DependencyNode): boolean {
  return state === "installed" && targetOf(own) !== undefined && revision.package.repository === own.repository;
}
