import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { packageRevisions, packageVariantSets, packageVariants } from "../../src/controllers/shared/kinds.ts";
import { readMemory } from "../harness/process-memory.ts";
import { countCalls } from "./calls.ts";
import { timed } from "./measure.ts";
import { CATALOG, DEPLOYMENTS } from "./package.ts";
import { pushBlueprint } from "./seed.ts";
import type { Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const PACKAGE = "fleet-app";
/** Users' requests at the same time. */
const CONCURRENCY = 32;

/** A list has at most 1,000 targets, a set at most 16 lists. */
function listsOf<T>(targets: readonly T[]): { list: T[] }[] {
  const starts = Array.from({ length: Math.ceil(targets.length / 1000) }, (_, at) => at * 1000);
  return starts.map((start) => ({ list: targets.slice(start, start + 1000) }));
}

/** What one phase took, in seconds, with its pushes and its writes to the API server. */
interface Phase {
  readonly what: string;
  readonly seconds: number;
  readonly floor: number;
  readonly pushes: number;
  readonly writes: number;
}

/**
 * (o) A set of many targets: a draft for each, with rendered contents in Git; all of them published; one input of the
 * set changed; a new revision of the upstream while these drafts are open. The floor: the variants, one commit to begin
 * each draft and one for its render, each with one push for all, and the writes that belong to them; the publication
 * as in (d).
 */
export async function measureFleet(env: BenchEnv, count: number): Promise<readonly Row[]> {
  const fleet = new Fleet(env, count);
  const phases = [
    await fleet.phase(
      `a set of ${count} targets to rendered drafts`,
      () => fleet.start(),
      () => fleet.floorDrafts(1),
    ),
    await fleet.phase(
      `these ${count} drafts to published`,
      () => fleet.publish(),
      () => fleet.floorPublish(),
    ),
    await fleet.phase(
      `another input: ${count} drafts`,
      () => fleet.change(),
      () => fleet.floorDrafts(2),
    ),
    await fleet.phase(
      `another upstream: ${count} drafts`,
      () => fleet.upgrade(),
      () => fleet.floorDrafts(3),
    ),
  ];
  const { now, peak } = readMemory(env.operator.ref.pid);
  return [
    ...phases.flatMap(({ what, seconds, floor, pushes, writes }): readonly Row[] => [
      { scenario: "o", what, unit: "s", measured: seconds, floor, ratio: seconds / floor },
      { scenario: "o", what: `${what}: pushes`, unit: "times", measured: pushes },
      { scenario: "o", what: `${what}: API writes for each target`, unit: "calls", measured: writes / count },
    ]),
    { scenario: "o", what: `${count} targets: memory`, unit: "MiB", measured: now },
    { scenario: "o", what: `${count} targets: memory, the most since the start`, unit: "MiB", measured: peak },
  ];
}

class Fleet {
  readonly #env: BenchEnv;
  readonly #count: number;
  readonly #name: string;

  constructor(env: BenchEnv, count: number) {
    this.#env = env;
    this.#count = count;
    this.#name = `fleet-${count}`;
  }

  async phase(what: string, run: () => Promise<void>, floor: () => Promise<void>): Promise<Phase> {
    const { measured, operator, system } = this.#env;
    const before = measured.pushes.pushes;
    const stopCounting = await countCalls(system.clients.admin, operator);
    const seconds = (await timed(run)) / 1000;
    const { writes } = await stopCounting();
    const pushes = measured.pushes.pushes - before;
    return { what, seconds, floor: (await timed(floor)) / 1000, pushes, writes };
  }

  async start(): Promise<void> {
    const { system, measured } = this.#env;
    await this.#pushUpstream(1);
    await system.clients.alice.create(packageVariantSets, {
      apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
      kind: "PackageVariantSet",
      metadata: { name: this.#name, namespace: measured.namespace },
      spec: {
        maxTargets: this.#count,
        targets: listsOf(Array.from({ length: this.#count }, (_, at) => ({ name: `t${at}` }))),
        template: {
          upstream: { repository: CATALOG, package: this.#name },
          downstream: { target: "$" + "{target.name}", repository: DEPLOYMENTS, package: PACKAGE },
        },
      },
    });
    await this.#waitForDrafts("rendered", () => true);
  }

  async publish(): Promise<void> {
    const { system, measured } = this.#env;
    const { alice, bob } = system.clients;
    const { namespace, revisions } = measured;
    const { items } = await system.clients.admin.list(packageRevisions, { namespace });
    const names = items.filter((one) => this.#isOwn(one)).map(({ metadata }) => metadata.name);
    const move = async (client: typeof alice, name: string, spec: object) =>
      await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body: { spec } });
    await forEachLimited(names, CONCURRENCY, async (name) => void (await move(alice, name, { lifecycle: "proposed" })));
    await revisions.waitForCount(this.#count, "proposed", (one) => this.#isOwn(one) && isIn(one, "proposed"));
    await forEachLimited(names, CONCURRENCY, async (name) => {
      const { digest = "" } = revisions.get(name).status?.proposal ?? {};
      await move(bob, name, { lifecycle: "published", approval: { digest, by: "bob" } });
    });
    await revisions.waitForCount(this.#count, "published", (one) => this.#isOwn(one) && isIn(one, "published"));
  }

  async change(): Promise<void> {
    const { system, measured } = this.#env;
    const inputs = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" }, data: { changed: "yes" } }];
    const body = { spec: { template: { packageContext: { inputs } } } };
    const key = { namespace: measured.namespace, name: this.#name };
    await system.clients.alice.patch(packageVariantSets, key, { kind: "merge", body });
    await this.#waitForDrafts("with the input", ({ spec }) => spec.inputs !== undefined);
  }

  async upgrade(): Promise<void> {
    await this.#pushUpstream(2);
    await this.#waitForDrafts("upgraded", ({ status }) => status?.upstreamLock?.revision === "v2");
  }

  async floorDrafts(round: number): Promise<void> {
    const { floor, system } = this.#env;
    const { namespace, journey } = floor;
    const names = this.#floorNames(round);
    await forEachLimited(names, CONCURRENCY, async (name) => {
      const key = { namespace, name };
      const spec = {
        upstream: { repository: CATALOG, package: PACKAGE },
        downstream: { target: name, repository: DEPLOYMENTS, package: PACKAGE },
      };
      const apiVersion = "config.pkg.pkgserver.dev/v1alpha1";
      const { operator } = system.clients;
      await operator.create(packageVariants, { apiVersion, kind: "PackageVariant", metadata: key, spec });
      const body = { status: { draft: name, upstreamRevision: `v${round}` } };
      await operator.patchStatus(packageVariants, key, { kind: "merge", body });
    });
    await journey.create(names);
    await journey.edit(names);
  }

  async floorPublish(): Promise<void> {
    const { journey } = this.#env.floor;
    const names = this.#floorNames(1);
    await journey.propose(names);
    await journey.approve(names);
  }

  #floorNames(round: number): readonly string[] {
    return Array.from({ length: this.#count }, (_, at) => `${this.#name}-${round}-${at}`);
  }

  /** As an external push to the catalog, of which the operator is told at once. */
  async #pushUpstream(revision: number): Promise<void> {
    const { system, measured } = this.#env;
    await pushBlueprint(system.git.repositories, `${measured.namespace}-catalog`, this.#name, revision);
    await measured.users.requestSync(CATALOG);
  }

  async #waitForDrafts(what: string, until: (one: PackageRevision) => boolean): Promise<void> {
    await this.#env.measured.revisions.waitForCount(this.#count, what, (one) => {
      const rendered = one.status?.conditions?.find(({ type }) => type === "Rendered");
      return this.#isOwn(one) && isIn(one, "draft") && rendered?.reason === "Rendered" && until(one);
    });
  }

  #isOwn({ spec: { packageRevID: id } }: PackageRevision): boolean {
    return id.repository === DEPLOYMENTS && id.package === PACKAGE;
  }
}

function isIn({ status }: PackageRevision, lifecycle: string): boolean {
  return status?.lifecycle === lifecycle;
}
