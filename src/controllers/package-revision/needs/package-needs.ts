import { keyOf, parseKey } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { DependencyCatalog } from "../../../core/dependencies/dependency-catalog.ts";
import { dependencyStatus } from "../../../core/dependencies/dependency-status.ts";
import { identityOf } from "../../../core/dependencies/identify.ts";
import { needsOthers } from "../../../core/dependencies/needs-others.ts";
import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { runInTurns } from "../../../event-loop/turns.ts";
import type { Lister } from "../../../kube/informer/indexer.ts";
import type { EventSink } from "../../shared/event-channel.ts";
import { NamespaceNeeds, type NamespaceNeedsOptions, type ResolvedNeeds } from "./namespace-needs.ts";

/** What the package revision of this key needs is known now, or changed with what is published. */
export interface NeedsChanged {
  readonly kind: "needsChanged";
  readonly revision: string;
}

export interface PackageNeedsOptions extends Pick<NamespaceNeedsOptions, "reader"> {
  readonly revisions: Pick<Lister<PackageRevision>, "list">;
  readonly channel: EventSink<NeedsChanged>;
}

/**
 * Which packages drafts and proposals need. The published packages of a namespace are read once a draft there needs
 * more than Kubernetes and the package itself have, and followed from then on: others cost nothing.
 */
export class PackageNeeds {
  readonly #options: PackageNeedsOptions;
  readonly #namespaces = new Map<string, NamespaceNeeds>();

  constructor(options: PackageNeedsOptions) {
    this.#options = options;
  }

  /** Undefined while the packages of the namespace are being read: an event reports the end. */
  async resolve(object: PackageRevision, apis: PackageApis): Promise<ResolvedNeeds | undefined> {
    const { namespace, name } = object.metadata;
    const root = { ...identityOf(object), apis };
    if (needsOthers(apis)) return await this.#namespaceOf(namespace).resolve(root);
    this.#namespaces.get(namespace)?.forget(name);
    const graph = await runInTurns(new DependencyCatalog().resolveInSteps(root));
    return { graph, status: dependencyStatus(graph) };
  }

  /** The package revision is no draft or proposal any more. */
  forget(key: string): void {
    const { namespace = "", name } = parseKey(key);
    this.#namespaces.get(namespace)?.forget(name);
  }

  revisionChanged(next: PackageRevision | undefined, previous: PackageRevision | undefined): void {
    const { namespace = "", name = "" } = (next ?? previous)?.metadata ?? {};
    const needs = this.#namespaces.get(namespace);
    if (next !== undefined) needs?.note(next);
    else needs?.remove(name);
    if (needs?.isEmpty === true) this.#namespaces.delete(namespace);
  }

  /** A Repository may be readable now, or not any more. */
  repositoryChanged(key: string): void {
    const { namespace = "", name } = parseKey(key);
    this.#namespaces.get(namespace)?.repositoryChanged(name);
  }

  #namespaceOf(namespace: string): NamespaceNeeds {
    const { reader, revisions, channel } = this.#options;
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) return known;
    const onChanged = (name: string) => {
      channel.emit({ kind: "needsChanged", revision: keyOf({ metadata: { namespace, name } }) });
    };
    const needs = new NamespaceNeeds({ reader, onChanged }, revisions.list(namespace));
    this.#namespaces.set(namespace, needs);
    return needs;
  }
}
