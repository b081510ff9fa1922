import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import type { FoundDefinitions, FoundNeeded, OutsideObjects } from "../../../core/processing/outside-objects.ts";
import type { ProcessResult } from "../../../core/processing/process-package.ts";
import type { DataRequest } from "../../../core/render/kform/given.ts";

/** Finds objects outside of a package, for its data blocks. */
export interface DataSource {
  /** In the published packages of the target. */
  readonly findPublished: (requests: readonly DataRequest[]) => Promise<Pick<OutsideObjects, "published" | "advice">>;
  /** Files of published packages of the target with the CustomResourceDefinitions of these API groups. */
  readonly findDefinitions: (groups: readonly string[]) => Promise<FoundDefinitions>;
  /** Files of the packages that this one needs, which define its kinds. */
  readonly needed: (apis: PackageApis) => Promise<NeededByPackage>;
  /** In the cluster, where the Repository allows that. */
  readonly readCluster: (requests: readonly DataRequest[]) => Promise<Pick<OutsideObjects, "cluster" | "advice">>;
  /** The package needs nothing from outside. */
  readonly forget: () => void;
}

export interface NeededByPackage {
  /** `digestOfDefinitions`. */
  readonly digest: string;
  readonly read: () => Promise<FoundNeeded>;
}

const NOTHING_NEEDED: NeededByPackage = {
  digest: "",
  read: async () => ({ files: [], unread: [], isTooMuch: false }),
};

/** What the files were rendered with, of what is outside of the package. */
export interface KnownData {
  /** `status.rendering.data`. */
  readonly data: readonly string[];
}

/** How a package is processed again. */
export interface NextRound {
  readonly outside: OutsideObjects;
  /** The files are rendered, though they are the result of a render: of other objects. */
  readonly isRenewed: boolean;
  /** Equal for packages of one namespace that are given the same; absent for what one package alone is given. */
  readonly sharedDigest?: string;
}

const MAX_REQUESTS = 64;
/** An object may name another one, and so on: each is a round. */
const MAX_ROUNDS = 16;

/**
 * Which objects a package needs from outside shows when it is rendered, and may depend on other ones: it is processed
 * in rounds, each with more objects than the one before. What the inputs do not have is looked for in the published
 * packages of the target, and then in the cluster.
 */
export class DataRounds {
  readonly #source: DataSource | undefined;
  readonly #known: KnownData | undefined;
  readonly #published = new Map<string, DataRequest>();
  readonly #cluster = new Map<string, DataRequest>();
  #outside: OutsideObjects = { published: [], cluster: [], advice: "" };
  #isRenewed = false;
  /** The definitions of its kinds were looked for: how many it needs shows when it is rendered. */
  #isCompared = false;
  #neededDigest = "";
  #rounds = 0;

  /** @param known of files that are the result of a render, and that another one may change */
  constructor(source: DataSource | undefined, known: KnownData | undefined) {
    this.#source = source;
    this.#known = known;
  }

  /** `digestOfDefinitions` of the packages that the last result needs. */
  get neededDigest(): string {
    return this.#neededDigest;
  }

  /** The round after the one with this result; undefined after the last one. */
  async next(result: ProcessResult): Promise<NextRound | undefined> {
    if (this.#source === undefined) return undefined;
    const { render, missing = [] } = result;
    const isLast = ++this.#rounds >= MAX_ROUNDS;
    if (!isLast && takeNew(this.#published, missing)) {
      const found = await this.#source.findPublished([...this.#published.values()]);
      return this.#again(found);
    }
    if (!isLast && takeNew(this.#cluster, missing)) {
      const found = await this.#source.readCluster([...this.#cluster.values()]);
      return this.#again({ ...found, advice: this.#outside.advice + found.advice });
    }
    const found = await this.#findDefinitions(this.#source, result);
    if (found !== undefined && !isLast) return this.#again(found);
    if (this.#published.size === 0) {
      if (!this.#isCompared) this.#source.forget();
      return undefined;
    }
    const data = "data" in render ? render.data : undefined;
    if (this.#known === undefined || this.#isRenewed || isSameJson(data, this.#known.data)) return undefined;
    this.#isRenewed = true;
    return this.#again({});
  }

  /** Definitions that the result was not compared with. */
  async #findDefinitions(
    source: DataSource,
    { validation, apis }: ProcessResult,
  ): Promise<Pick<OutsideObjects, "definitions" | "needed"> | undefined> {
    const needed = apis === undefined ? NOTHING_NEEDED : await source.needed(apis);
    const isOther = needed.digest !== this.#neededDigest;
    this.#neededDigest = needed.digest;
    const groups = groupsOf(validation?.unknownGroups ?? []);
    const isNew = !this.#isCompared && groups.length > 0;
    if (isNew) this.#isCompared = true;
    const ofTarget = isNew ? await source.findDefinitions(groups) : undefined;
    // Blocks that are not rendered have kinds as well, and are not compared.
    const ofOthers = isOther && (isNew || this.#outside.needed !== undefined) ? await needed.read() : undefined;
    const isFound = ofTarget !== undefined && (ofTarget.files.length > 0 || ofTarget.isTooMuch);
    if (!isFound && ofOthers === undefined) return undefined;
    return { ...(isFound && { definitions: ofTarget }), ...(ofOthers !== undefined && { needed: ofOthers }) };
  }

  #again(found: Partial<OutsideObjects>): NextRound {
    this.#outside = { ...this.#outside, ...found };
    const isAlone = this.#published.size > 0 || this.#outside.definitions !== undefined;
    const shared = isAlone ? {} : { sharedDigest: this.#neededDigest };
    return { outside: this.#outside, isRenewed: this.#isRenewed, ...shared };
  }
}

/** Those of custom kinds. */
function groupsOf(apiVersions: readonly string[]): readonly string[] {
  return [...new Set(apiVersions.flatMap((one) => (one.includes("/") ? [one.slice(0, one.indexOf("/"))] : [])))];
}

/** Adds the requests that are new, up to the limit; false without one. */
function takeNew(known: Map<string, DataRequest>, requests: readonly DataRequest[]): boolean {
  const before = known.size;
  for (const request of requests) {
    const { apiVersion, kind, namespace = "", name = "" } = request;
    if (known.size < MAX_REQUESTS) known.set(JSON.stringify([apiVersion, kind, namespace, name]), request);
  }
  return known.size > before;
}
