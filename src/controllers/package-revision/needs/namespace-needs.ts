import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { DependencyCatalog } from "../../../core/dependencies/dependency-catalog.ts";
import { dependencyStatus } from "../../../core/dependencies/dependency-status.ts";
import type { DependencyGraph } from "../../../core/dependencies/graph.ts";
import type { PackageRevisionApis } from "../../../core/dependencies/revision-apis.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import { PublishedPackages, type PublishedPackagesOptions } from "./published-packages.ts";

/** How long the event loop compares answers without a pause. */
const TURN_MS = 20;
/** After a change others follow: a publication changes several objects. */
const QUIET_MS = 100;

export interface NamespaceNeedsOptions extends Pick<PublishedPackagesOptions, "reader"> {
  /** The answer for this package revision, by name, is known now, or another one. */
  readonly onChanged: (name: string) => void;
}

interface Answer {
  readonly root: PackageRevisionApis;
  graph: DependencyGraph;
}

/** What the drafts and proposals of a namespace need. Of a change, those whose answers it changes are reported. */
export class NamespaceNeeds {
  readonly #options: NamespaceNeedsOptions;
  readonly #catalog = new DependencyCatalog();
  readonly #published: PublishedPackages;
  readonly #answers = new Map<string, Answer>();
  /** Asked for before everything was read. */
  readonly #waiting = new Set<string>();
  /** Whose answers may be others now. */
  readonly #outdated = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NamespaceNeedsOptions, revisions: readonly PackageRevision[]) {
    this.#options = options;
    this.#published = new PublishedPackages({
      reader: options.reader,
      onKnown: (name, one) => this.#changed(one === undefined ? this.#catalog.delete(name) : this.#catalog.set(one)),
      onComplete: () => this.#complete(),
    });
    for (const one of revisions) this.#published.note(one);
    this.#published.run();
  }

  /** What a draft or proposal needs; undefined as long as not everything is read. */
  resolve(root: PackageRevisionApis): DependencyGraph | undefined {
    const { name } = root;
    if (!this.#published.isComplete) {
      this.#waiting.add(name);
      return this.#known(root);
    }
    const known = this.#outdated.has(name) ? undefined : this.#known(root);
    if (known !== undefined) return known;
    const graph = this.#catalog.follow(root);
    this.#answers.set(name, { root, graph });
    this.#outdated.delete(name);
    return graph;
  }

  get isEmpty(): boolean {
    return this.#published.isEmpty && this.#answers.size === 0 && this.#waiting.size === 0;
  }

  forget(name: string): void {
    this.#waiting.delete(name);
    this.#outdated.delete(name);
    if (this.#answers.delete(name)) this.#catalog.unfollow(name);
  }

  note(object: PackageRevision): void {
    this.#published.note(object);
    this.#published.run();
  }

  remove(name: string): void {
    this.#published.remove(name);
    this.#published.run();
  }

  repositoryChanged(repository: string): void {
    this.#published.repositoryChanged(repository);
    this.#published.run();
  }

  #known({ apis, ...identity }: PackageRevisionApis): DependencyGraph | undefined {
    const answer = this.#answers.get(identity.name);
    if (answer === undefined) return undefined;
    const { apis: before, ...other } = answer.root;
    return before === apis && isSameJson(other, identity) ? answer.graph : undefined;
  }

  #complete(): void {
    for (const name of this.#waiting) this.#options.onChanged(name);
    this.#waiting.clear();
    if (this.#outdated.size > 0) this.#schedule();
  }

  #changed(names: ReadonlySet<string>): void {
    for (const name of names) if (this.#answers.has(name)) this.#outdated.add(name);
    if (this.#outdated.size > 0) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#compare(), QUIET_MS).unref();
  }

  #compare(): void {
    this.#timer = undefined;
    // Until then the answers stay: what is being read may be what was there before.
    if (!this.#published.isComplete) return;
    const end = performance.now() + TURN_MS;
    for (const name of this.#outdated) {
      if (performance.now() > end) {
        this.#schedule();
        return;
      }
      this.#outdated.delete(name);
      const answer = this.#answers.get(name);
      if (answer === undefined) continue;
      const before = dependencyStatus(answer.graph);
      answer.graph = this.#catalog.follow(answer.root);
      if (!isSameJson(dependencyStatus(answer.graph), before)) this.#options.onChanged(name);
    }
  }
}
