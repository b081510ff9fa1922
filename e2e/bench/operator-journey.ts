import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Journey, Timing } from "./journey.ts";
import { clock } from "./measure.ts";
import type { Observer } from "./observer.ts";
import { branchOf, objectNameOf, tagOf } from "./package.ts";
import type { PushLog } from "./push-log.ts";
import type { Users } from "./requests.ts";

/** The steps as users see them: a request, then a watch and the remote show when the operator has finished. */
export class OperatorJourney implements Journey {
  readonly #users: Users;
  readonly #pushes: PushLog;
  readonly #revisions: Observer<PackageRevision>;
  readonly #contents: Observer<PackageRevisionResources>;

  constructor(options: {
    readonly users: Users;
    readonly pushes: PushLog;
    readonly revisions: Observer<PackageRevision>;
    readonly contents: Observer<PackageRevisionResources>;
  }) {
    this.#users = options.users;
    this.#pushes = options.pushes;
    this.#revisions = options.revisions;
    this.#contents = options.contents;
  }

  async create(packages: readonly string[]): Promise<Timing> {
    return await this.#step(packages, branchOf, async (name) => {
      await this.#users.createDraft(name);
      const at = await this.#whenLifecycle(name, "draft");
      // Not timed: the next step needs the contents to be open.
      await this.#contents.waitFor(objectNameOf(name), "open", (one) => one.status?.frozen === false);
      return at;
    });
  }

  async edit(packages: readonly string[]): Promise<Timing> {
    return await this.#step(packages, branchOf, async (name) => {
      const { metadata } = await this.#users.editFile(name, 1);
      const at = await this.#contents.waitFor(
        objectNameOf(name),
        "acknowledged",
        ({ status }) => (status?.observedGeneration ?? -1) >= (metadata.generation ?? 0),
      );
      // Not timed: until the operator has written the status.
      const { commit } = this.#contents.get(objectNameOf(name)).status ?? {};
      await this.#revisions.waitFor(objectNameOf(name), "at the edit", (one) => one.status?.commit === commit);
      return at;
    });
  }

  async propose(packages: readonly string[]): Promise<Timing> {
    return await this.#step(packages, branchOf, async (name) => {
      await this.#users.propose(name);
      return await this.#whenLifecycle(name, "proposed");
    });
  }

  async approve(packages: readonly string[], whenRequested: () => Promise<void> = async () => {}): Promise<Timing> {
    let left = packages.length;
    return await this.#step(packages, tagOf, async (name) => {
      const { proposal } = this.#revisions.get(objectNameOf(name)).status ?? {};
      await this.#users.approve(name, proposal?.digest ?? "");
      left -= 1;
      if (left === 0) await whenRequested();
      return await this.#whenLifecycle(name, "published");
    });
  }

  /** Runs a step for all packages in parallel. `act` resolves with the time of the acknowledgement. */
  async #step(
    packages: readonly string[],
    refOf: (name: string) => string,
    act: (name: string) => Promise<number>,
  ): Promise<Timing> {
    const before = new Map(packages.map((name) => [name, this.#pushes.oid(refOf(name))]));
    const started = clock();
    const [refs, status] = await Promise.all([
      Promise.all(packages.map((name) => this.#pushes.waitFor(refOf(name), before.get(name)))),
      Promise.all(packages.map(act)),
    ]);
    return { started, toRef: Math.max(...refs) - started, toStatus: Math.max(...status) - started };
  }

  async #whenLifecycle(name: string, lifecycle: string): Promise<number> {
    return await this.#revisions.waitFor(
      objectNameOf(name),
      lifecycle,
      ({ status, metadata }) => status?.lifecycle === lifecycle && status.observedGeneration === metadata.generation,
    );
  }
}
