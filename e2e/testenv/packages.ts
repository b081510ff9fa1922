import type { Lifecycle, PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { waitUntil } from "../harness/wait.ts";
import type { LedgerNotes } from "../invariants/ledger.ts";
import { type ApiResponse, createApiClient, type User, type Verb } from "./api-client.ts";
import type { TestEnv } from "./env.ts";
import { createNamespaceRequest, type NamespaceRequest } from "./namespace-request.ts";
import { readyReason } from "./testenv.ts";

/** `realm` may have slashes. */
export interface PackageID {
  readonly repository: string;
  readonly target?: string;
  readonly realm?: string;
  readonly package: string;
  readonly workspace: string;
}

export interface RevisionFields {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Path → text; null in an edit: the file goes. */
export type Files = Readonly<Record<string, string>>;
export type Edit = Readonly<Record<string, string | null>>;

/** The name that a package revision must have. */
export function nameOf({ target, repository, realm, package: name, workspace }: PackageID): string {
  return [target ?? "catalog", repository, ...(realm?.split("/") ?? []), name, workspace].join(".");
}

/**
 * What people do with package revisions. Every request that is refused fails with the API server's message. alice edits and
 * proposes, bob approves, unless someone else is named.
 */
export interface Packages {
  /** Creates a package revision, and waits for nothing. Returns its name. */
  create(id: PackageID, more?: RevisionFields): Promise<string>;
  /** Creates a draft, empty or as `more` says, and waits until it is open; with `files`, until exactly those are in Git. */
  createDraft(id: PackageID, files?: Files, more?: RevisionFields): Promise<string>;
  /** From nothing to a tag. */
  createPublished(id: PackageID, files: Files, more?: RevisionFields): Promise<PackageRevision>;
  /** Merge patch of the package revision. */
  patch(name: string, body: object, user?: User): Promise<PackageRevision>;
  setLifecycle(name: string, lifecycle: Lifecycle, user?: User): Promise<PackageRevision>;
  /** Sets lifecycle proposed, and waits until it is. */
  propose(name: string, user?: User): Promise<PackageRevision>;
  /** Proposes where that is to be done, approves, and waits until it is published. */
  publish(name: string): Promise<PackageRevision>;
  delete(name: string, user?: User): Promise<void>;

  /** Merge patch of a contents object's files; `name` may be that of a page. Not in Git yet. */
  edit(name: string, files: Edit, user?: User): Promise<PackageRevisionResources>;
  /** An edit, and its acknowledgement: it is in Git. */
  save(name: string, files: Edit, user?: User): Promise<PackageRevisionResources>;
  /** Replaces the whole object (PUT). */
  replace(object: PackageRevisionResources, user?: User): Promise<PackageRevisionResources>;
  /** Waits until the newest generation of a contents object is acknowledged. */
  waitForAcknowledgement(name: string): Promise<PackageRevisionResources>;

  get(name: string): Promise<PackageRevision>;
  contents(name: string): Promise<PackageRevisionResources>;
  /** All pages of its contents, the first one first. */
  contentsPages(name: string): Promise<readonly PackageRevisionResources[]>;
  waitFor(name: string, what: string, until: (object: PackageRevision) => boolean): Promise<PackageRevision>;
  /** Waits for this reason of the Ready condition, decided for the newest generation. */
  waitForReason(name: string, reason: string): Promise<PackageRevision>;
  /** Waits until the package revision and its contents are gone. */
  waitUntilGone(name: string): Promise<void>;
  /** Names of all objects of ours that have a deletionTimestamp. */
  listTerminating(): Promise<readonly string[]>;
  /** Any other request; `path` below the namespace, such as `packagerevisions/NAME/status`. */
  request(user: User, verb: Verb, path: string, body?: object): Promise<ApiResponse["body"]>;
}

const REVISIONS = "packagerevisions";
const CONTENTS = "packagerevisionresourceses";
const POLL = { intervalMs: 100 };

export async function createPackages(env: TestEnv): Promise<Packages> {
  const request = createNamespaceRequest(await createApiClient(env.controlPlane), env.namespace);
  const looks = createReads(request, env.ledger);
  const { waitForReason, waitForAcknowledgement, get } = looks;
  const patch = (name: string, body: object, user: User = "alice") =>
    request<PackageRevision>(user, "merge", `${REVISIONS}/${name}`, body);
  const edit = (name: string, files: Edit, user: User = "alice") =>
    request<PackageRevisionResources>(user, "merge", `${CONTENTS}/${name}`, { spec: { resources: files } });
  const packages: Packages = {
    ...looks,
    patch,
    edit,
    create: async (id, more = {}) => {
      await request("alice", "create", REVISIONS, describe(id, more));
      return nameOf(id);
    },
    createDraft: async (id, files, more) => {
      const name = await packages.create(id, more);
      await waitForReason(name, "Draft");
      if (files !== undefined) {
        const object = await packages.contents(name);
        await packages.replace({ ...object, spec: { resources: files } });
        await waitForAcknowledgement(name);
      }
      return name;
    },
    createPublished: async (id, files, more) => await packages.publish(await packages.createDraft(id, files, more)),
    setLifecycle: async (name, lifecycle, user) => await patch(name, { spec: { lifecycle } }, user),
    propose: async (name, user) => {
      await packages.setLifecycle(name, "proposed", user);
      return await waitForReason(name, "Proposed");
    },
    publish: async (name) => {
      if ((await get(name)).status?.lifecycle === "draft") await packages.propose(name);
      env.ledger.approved(await get(name));
      await packages.setLifecycle(name, "published", "bob");
      const published = await waitForReason(name, "Published");
      env.ledger.published(published);
      return published;
    },
    delete: async (name, user = "alice") => {
      await request(user, "delete", `${REVISIONS}/${name}`);
      env.ledger.deleted(`${env.namespace}/${name}`);
    },
    save: async (name, files, user) => {
      await edit(name, files, user);
      return await waitForAcknowledgement(name);
    },
    replace: async (object, user = "alice") =>
      await request(user, "replace", `${CONTENTS}/${object.metadata.name}`, object),
    request: (user, verb, path, body) => request(user, verb, path, body),
  };
  return packages;
}

type Reads = Pick<
  Packages,
  | "get"
  | "contents"
  | "contentsPages"
  | "waitForAcknowledgement"
  | "waitFor"
  | "waitForReason"
  | "waitUntilGone"
  | "listTerminating"
>;

function createReads(request: NamespaceRequest, ledger: LedgerNotes): Reads {
  const get = (name: string) => request<PackageRevision>("admin", "get", `${REVISIONS}/${name}`);
  const contents = (name: string) => request<PackageRevisionResources>("admin", "get", `${CONTENTS}/${name}`);
  const list = async (kind: string) =>
    (await request<{ items: PackageRevision[] }>("admin", "get", kind)).items.map(({ metadata }) => metadata);
  const waitFor: Packages["waitFor"] = async (name, what, until) =>
    await waitUntil(`${name} ${what}`, async () => await get(name), { until, ...POLL });
  return {
    get,
    contents,
    contentsPages: async (name) => {
      const first = await contents(name);
      const others = Array.from({ length: (first.status?.pages ?? 1) - 1 }, (_, index) =>
        contents(`${name}.page-${index + 2}`),
      );
      return [first, ...(await Promise.all(others))];
    },
    waitFor,
    waitForReason: async (name, reason) =>
      await waitFor(
        name,
        `is ${reason}`,
        (one) => one.status?.observedGeneration === one.metadata.generation && readyReason(one) === reason,
      ),
    waitForAcknowledgement: async (name) => {
      const object = await waitUntil(`the contents of ${name} are in Git`, async () => await contents(name), {
        until: (one) => one.status?.observedGeneration === one.metadata.generation,
        ...POLL,
      });
      ledger.acknowledged(object);
      return object;
    },
    waitUntilGone: async (name) => {
      const mine = async () =>
        [...(await list(REVISIONS)), ...(await list(CONTENTS))].map((one) => one.name).filter((one) => isOf(one, name));
      await waitUntil(`${name} is gone`, mine, { until: (names) => names.length === 0, ...POLL });
    },
    listTerminating: async () => {
      const all = await Promise.all([REVISIONS, CONTENTS, "repositories"].map(list));
      return all.flat().flatMap((one) => (one.deletionTimestamp === undefined ? [] : [one.name]));
    },
  };
}

function isOf(object: string, name: string): boolean {
  return object === name || object.startsWith(`${name}.page-`);
}

function describe(id: PackageID, { spec, metadata }: RevisionFields): object {
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: nameOf(id), ...metadata },
    spec: { packageRevID: id, ...spec },
  };
}
