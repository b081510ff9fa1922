import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { packageRevisions, packageVariantSets } from "../../src/controllers/shared/kinds.ts";
import { readMemory } from "../harness/process-memory.ts";
import { countCalls } from "./calls.ts";
import { cpuSecondsOf } from "./cpu-time.ts";
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

/** Seconds of the operator's side or of the floor. */
interface Cost {
  readonly elapsed: number;
  /** CPU time of all programs: the operator, its children, the API server, etcd, the Git server and the benchmark. */
  readonly cpu: number;
}

/** What one phase took, with its pushes and its writes to the API server. */
interface Phase {
  readonly what: string;
  readonly measured: Cost;
  readonly floor: Cost;
  readonly pushes: number;
  readonly writes: number;
}

/**
 * (o) A set of many targets: a draft for each, with rendered contents in Git; all of them published; one input of the
 * set changed; a new revision of the upstream while these drafts are open. The floor: see `FloorFleet`; the publication
 * as in (d).
 */
export async function measureFleet(env: BenchEnv, count: number): Promise<readonly Row[]> {
  const fleet = new Fleet(env, count);
  await fleet.prepare();
  const phases = [
    await fleet.phase(
      `a set of ${count} targets to rendered drafts`,
      () => fleet.start(),
      () => fleet.floorStart(),
    ),
    await fleet.phase(
      `these ${count} drafts to published`,
      () => fleet.publish(),
      () => fleet.floorPublish(),
    ),
    await fleet.phase(
      `another input: ${count} drafts`,
      () => fleet.change(),
      () => fleet.floorChange(),
    ),
    await fleet.phase(
      `another upstream: ${count} drafts`,
      () => fleet.upgrade(),
      () => fleet.floorUpgrade(),
    ),
  ];
  env.floor.fleet.close();
  const { now, peak } = readMemory(env.operator.ref.pid);
  return [
    ...phases.flatMap(({ what, measured, floor, pushes, writes }): readonly Row[] => [
      describeCost(what, measured.elapsed, floor.elapsed),
      describeCost(`${what}: CPU time of all programs`, measured.cpu, floor.cpu),
      { scenario: "o", what: `${what}: pushes`, unit: "times", measured: pushes },
      { scenario: "o", what: `${what}: API writes for each target`, unit: "calls", measured: writes / count },
    ]),
    { scenario: "o", what: `${count} targets: memory`, unit: "MiB", measured: now },
    { scenario: "o", what: `${count} targets: memory, the most since the start`, unit: "MiB", measured: peak },
  ];
}

function describeCost(what: string, measured: number, floor: number): Row {
  return { scenario: "o", what, unit: "s", measured, floor, ratio: measured / floor };
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
    const cost = await costOf(run);
    const { writes } = await stopCounting();
    const pushes = measured.pushes.pushes - before;
    return { what, measured: cost, floor: await costOf(floor), pushes, writes };
  }

  /** The upstream is there before the set, and the floor's namespace is watched as the measured one is. */
  async prepare(): Promise<void> {
    const { floor, measured } = this.#env;
    await floor.fleet.watch();
    await this.#pushUpstream(1);
    const isUpstream = ({ spec, status }: PackageRevision) =>
      spec.packageRevID.package === this.#name && status?.lifecycle === "published";
    await measured.revisions.waitForCount(1, "published", isUpstream);
  }

  async start(): Promise<void> {
    const { system, measured } = this.#env;
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

  async floorStart(): Promise<void> {
    const { fleet } = this.#env.floor;
    const names = this.#floorNames(1);
    await fleet.create(names);
    await fleet.begin(names, names);
  }

  async floorPublish(): Promise<void> {
    const { fleet, journey } = this.#env.floor;
    const names = this.#floorNames(1);
    await journey.propose(names);
    await journey.approve(names);
    await fleet.reportPublished(names);
  }

  async floorChange(): Promise<void> {
    const { fleet } = this.#env.floor;
    const variants = this.#floorNames(1);
    await fleet.change(variants);
    await fleet.begin(this.#floorNames(2), variants);
  }

  async floorUpgrade(): Promise<void> {
    const { fleet } = this.#env.floor;
    const variants = this.#floorNames(1);
    await fleet.reportUpgrade(variants);
    await fleet.end(this.#floorNames(2));
    await fleet.begin(this.#floorNames(3), variants);
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

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const before = cpuSecondsOf(process.pid);
  const elapsed = (await timed(work)) / 1000;
  return { elapsed, cpu: cpuSecondsOf(process.pid) - before };
}

function isIn({ status }: PackageRevision, lifecycle: string): boolean {
  return status?.lifecycle === lifecycle;
}
