import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import { identityOf } from "../../../core/dependencies/identify.ts";
import { type PackageApis, UNKNOWN_APIS } from "../../../core/dependencies/package-apis.ts";
import { type PackageRevisionApis, targetOf } from "../../../core/dependencies/revision-apis.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import { isPublished } from "../../../core/variants/observation.ts";

/** The time after which what could not be read, for a reason that may pass, is tried again. */
const RETRY_MS = 60_000;

export type PublishedReading =
  | { readonly kind: "read"; readonly apis: PackageApis }
  /** Its files are in Git only, and another replica has them; or there is too much of them. */
  | { readonly kind: "unread" }
  /** The same for now: another attempt may succeed. */
  | { readonly kind: "failed" }
  /** Its Repository is being read for the first time since the start. */
  | { readonly kind: "later" };

export interface PackageReader {
  /** Never rejects. */
  read(object: PackageRevision): Promise<PublishedReading>;
}

export interface PublishedPackagesOptions {
  readonly reader: PackageReader;
  /** A published revision is known, or known otherwise; without it, one is gone. */
  readonly onKnown: (name: string, one: PackageRevisionApis | undefined) => void;
  /** Everything that there is has been read. */
  readonly onComplete: () => void;
}

interface KnownRevision {
  readonly object: PackageRevision;
  readonly identity: Omit<PackageRevisionApis, "apis">;
  /** Equal as long as the same files can be read. */
  readonly source: string;
  apis?: PackageRevisionApis["apis"];
}

/**
 * What the published revisions of a namespace offer and need. Each is read once, one after the other, so that drafts
 * that are rendered meanwhile wait for one of them at most; of targets, the latest revisions alone.
 */
export class PublishedPackages {
  readonly #options: PublishedPackagesOptions;
  readonly #known = new Map<string, KnownRevision>();
  readonly #queued = new Set<string>();
  /** Those that wait for their Repositories to be read. */
  readonly #later = new Set<string>();
  #isRunning = false;

  constructor(options: PublishedPackagesOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  get isComplete(): boolean {
    return this.#queued.size === 0 && this.#later.size === 0 && !this.#isRunning;
  }

  /** Begins to read what is not known yet. Call it again after changes. */
  run(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** Takes in an object as it is now. */
  note(object: PackageRevision): void {
    const { name } = object.metadata;
    if (!isPublished(object)) {
      this.remove(name);
      return;
    }
    const known = this.#known.get(name);
    const identity = identityOf(object);
    const source = sourceOf(object);
    const apis = known?.source === source ? known.apis : undefined;
    const isSame = known?.source === source && isSameJson(known.identity, identity);
    if (isSame && (apis !== undefined || isRead(known.object) === isRead(object))) return;
    const next: KnownRevision = { object, identity, source, ...(apis !== undefined && { apis }) };
    this.#known.set(name, next);
    this.#queued.delete(name);
    if (apis !== undefined || !isRead(object)) this.#report(next);
    else if (!this.#later.has(name)) this.#queued.add(name);
  }

  remove(name: string): void {
    this.#queued.delete(name);
    this.#later.delete(name);
    if (this.#known.delete(name)) this.#options.onKnown(name, undefined);
  }

  /** The Repository may be readable now, or may not be any more: what is not known is tried again. */
  repositoryChanged(repository: string): void {
    for (const [name, { object, apis }] of this.#known) {
      if (apis !== undefined || !isRead(object) || object.spec.packageRevID.repository !== repository) continue;
      this.#later.delete(name);
      this.#queued.add(name);
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let [name] = this.#queued; name !== undefined; [name] = this.#queued) {
      this.#queued.delete(name);
      const known = this.#known.get(name);
      if (known !== undefined) await this.#read(name, known);
    }
    this.#isRunning = false;
    if (this.isComplete) this.#options.onComplete();
  }

  async #read(name: string, known: KnownRevision): Promise<void> {
    const reading = await this.#options.reader.read(known.object);
    if (this.#known.get(name) !== known) return;
    if (reading.kind === "later") {
      this.#later.add(name);
      return;
    }
    if (reading.kind === "read") known.apis = reading.apis;
    this.#report(known);
    if (reading.kind === "failed") setTimeout(() => this.#retry(name, known), RETRY_MS).unref();
  }

  #retry(name: string, known: KnownRevision): void {
    if (this.#known.get(name) !== known || known.apis !== undefined) return;
    this.#queued.add(name);
    this.run();
  }

  #report({ identity, apis }: KnownRevision): void {
    const one = apis === undefined ? { ...identity, apis: UNKNOWN_APIS, isUnread: true } : { ...identity, apis };
    this.#options.onKnown(identity.name, one);
  }
}

/** Of a target, earlier revisions count only for their numbers. */
function isRead({ metadata, spec }: PackageRevision): boolean {
  return targetOf(spec.packageRevID) === undefined || metadata.labels?.[LABEL_LATEST] === "true";
}

function sourceOf(object: PackageRevision): string {
  const { commit, contents } = object.status ?? {};
  return [commit, contents].join(" ");
}
