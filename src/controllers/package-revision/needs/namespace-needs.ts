import type { PackageDependenciesStatus } from "../../../api/v1alpha1/package-dependencies.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { DependencyCatalog } from "../../../core/dependencies/dependency-catalog.ts";
import { dependencyStatus } from "../../../core/dependencies/dependency-status.ts";
import type { DependencyGraph } from "../../../core/dependencies/graph.ts";
import type { PackageRevisionApis } from "../../../core/dependencies/revision-apis.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import { Exclusive } from "../../../event-loop/exclusive.ts";
import { PublishedPackages, type PublishedPackagesOptions } from "./published-packages.ts";

/** After a change others follow: a publication changes several objects. */
const QUIET_MS = 100;

export interface NamespaceNeedsOptions extends Pick<PublishedPackagesOptions, "reader"> {
  /** The answer for this package revision, by name, is known now, or another one. */
  readonly onChanged: (name: string) => void;
}

/** What a package revision needs. */
export interface ResolvedNeeds {
  readonly graph: DependencyGraph;
  /** `status.dependencies`. */
  readonly status: PackageDependenciesStatus | undefined;
}

interface Answer extends ResolvedNeeds {
  readonly root: PackageRevisionApis;
}

/**
 * What the drafts and proposals of a namespace need. Reports those whose answers a change has changed. Answers and
 * changes run one after the other, in turns of the event loop.
 */
export class NamespaceNeeds {
  readonly #options: NamespaceNeedsOptions;
  readonly #catalog = new DependencyCatalog();
  readonly #catalogUse = new Exclusive();
  readonly #published: PublishedPackages;
  readonly #answers = new Map<string, Answer>();
  /** Asked for before everything was read. */
  readonly #waiting = new Set<string>();
  /** Whose answers may be others now. */
  readonly #outdated = new Set<string>();
  /** Answers that are being found, or wait for their turn. */
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;
  #isComparing = false;

  constructor(options: NamespaceNeedsOptions, revisions: readonly PackageRevision[]) {
    this.#options = options;
    this.#published = new PublishedPackages({
      reader: options.reader,
      onKnown: (name, one) => this.#changeCatalog(name, one),
      onComplete: () => this.#complete(),
    });
    for (const one of revisions) this.#published.note(one);
    this.#published.run();
  }

  /** What a draft or proposal needs; undefined as long as not everything is read. */
  async resolve(root: PackageRevisionApis): Promise<ResolvedNeeds | undefined> {
    const { name } = root;
    if (!this.#published.isComplete) {
      this.#waiting.add(name);
      return this.#known(root);
    }
    const known = this.#outdated.has(name) ? undefined : this.#known(root);
    if (known !== undefined) return known;
    this.#asked++;
    try {
      return await this.#catalogUse.run(() => this.#resolveInSteps(root));
    } finally {
      this.#asked--;
    }
  }

  *#resolveInSteps(root: PackageRevisionApis): Generator<void, Answer> {
    const { name } = root;
    // What changes from now on has its turn afterwards.
    this.#outdated.delete(name);
    const graph = yield* this.#catalog.followInSteps(root);
    const answer = { root, graph, status: dependencyStatus(graph) };
    this.#answers.set(name, answer);
    return answer;
  }

  get isEmpty(): boolean {
    return this.#published.isEmpty && this.#answers.size === 0 && this.#waiting.size === 0 && this.#asked === 0;
  }

  forget(name: string): void {
    this.#waiting.delete(name);
    this.#outdated.delete(name);
    this.#answers.delete(name);
    this.#use(() => this.#forgetInSteps(name));
  }

  *#forgetInSteps(name: string): Generator<void, void> {
    yield;
    // It may have been found meanwhile.
    this.#answers.delete(name);
    this.#catalog.unfollow(name);
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

  #known({ apis, ...identity }: PackageRevisionApis): Answer | undefined {
    const answer = this.#answers.get(identity.name);
    if (answer === undefined) return undefined;
    const { apis: before, ...other } = answer.root;
    return before === apis && isSameJson(other, identity) ? answer : undefined;
  }

  #complete(): void {
    for (const name of this.#waiting) this.#options.onChanged(name);
    this.#waiting.clear();
    if (this.#outdated.size > 0) this.#schedule();
  }

  #changeCatalog(name: string, one: PackageRevisionApis | undefined): void {
    this.#use(() => this.#changeInSteps(name, one));
  }

  *#changeInSteps(name: string, one: PackageRevisionApis | undefined): Generator<void, void> {
    const catalog = this.#catalog;
    const concerned = yield* one === undefined ? catalog.deleteInSteps(name) : catalog.setInSteps(one);
    for (const each of concerned) if (this.#answers.has(each)) this.#outdated.add(each);
    if (this.#outdated.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (!this.#isComparing) this.#timer ??= setTimeout(async () => await this.#compare(), QUIET_MS).unref();
  }

  async #compare(): Promise<void> {
    this.#timer = undefined;
    this.#isComparing = true;
    for (const name of this.#outdated) {
      // Until then the answers stay: what is being read may be what was there before.
      if (!this.#published.isComplete) break;
      // Each by itself: reconciles that ask meanwhile wait for one of them at most.
      await this.#catalogUse.run(() => this.#compareInSteps(name));
    }
    this.#isComparing = false;
  }

  *#compareInSteps(name: string): Generator<void, void> {
    const before = this.#answers.get(name);
    if (!this.#outdated.delete(name) || before === undefined) return;
    const after = yield* this.#resolveInSteps(before.root);
    if (!isSameJson(after.status, before.status)) this.#options.onChanged(name);
  }

  #use(begin: () => Generator<void, void>): void {
    void this.#catalogUse.run(begin);
  }
}
