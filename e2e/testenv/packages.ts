import type { Lifecycle } from "../../src/api/v1alpha1/lifecycle.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_PROPOSED_BY } from "../../src/api/v1alpha1/well-known.ts";
import { pageOwner } from "../../src/core/identity/names.ts";
import { digestOfMembers, releaseKey } from "../../src/core/release/members.ts";
import { type ApiResponse, createApiClient, type User, type Verb } from "./api-client.ts";
import type { TestEnv } from "./env.ts";
import { type FileEntry, pushExternally } from "./external-push.ts";
import { createNamespaceRequest } from "./namespace-request.ts";
import { CONTENTS, createPackageReads, type PackageReads, REVISIONS } from "./package-reads.ts";

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

/** Path → text; null in an edit deletes the file. */
export type Files = Readonly<Record<string, string>>;
export type Edit = Readonly<Record<string, string | null>>;

/** The only valid name of a package revision with this ID. */
export function nameOf({ target, repository, realm, package: name, workspace }: PackageID): string {
  return [target ?? "catalog", repository, ...(realm?.split("/") ?? []), name, workspace].join(".");
}

/**
 * Users' operations on package revisions. A refused request throws an Error with the API server's message. By default
 * alice edits and proposes, and bob approves.
 */
export interface Packages extends PackageReads {
  /** Creates a package revision, and does not wait. Returns its name. */
  create(id: PackageID, more?: RevisionFields): Promise<string>;
  /** Creates a draft and waits until it is Ready; with `files`, until its branch has exactly these, shown in status. */
  createDraft(id: PackageID, files?: Files, more?: RevisionFields): Promise<string>;
  /** Creates, proposes and publishes a package revision. */
  createPublished(id: PackageID, files: Files, more?: RevisionFields): Promise<PackageRevision>;
  /** Merge patch of the package revision. */
  patch(name: string, body: object, user?: User): Promise<PackageRevision>;
  setLifecycle(name: string, lifecycle: Lifecycle, user?: User): Promise<PackageRevision>;
  /** Sets lifecycle proposed in the user's name, as every version of Kubernetes records it. Does not wait. */
  askToPropose(name: string, user?: User): Promise<PackageRevision>;
  /** Sets lifecycle proposed, and waits until the status has it. */
  propose(name: string, user?: User): Promise<PackageRevision>;
  /**
   * Approves the digest that the status has now, of a member of a release with the digest of all that are proposed now,
   * and does not wait.
   */
  approve(name: string, user?: User): Promise<PackageRevision>;
  /** Takes an approval back, as every version of Kubernetes accepts it, and does not wait. bob by default. */
  takeBack(name: string, to: "proposed" | "draft", user?: User): Promise<PackageRevision>;
  /** Proposes a draft, approves, and waits until it is published. */
  publish(name: string): Promise<PackageRevision>;
  delete(name: string, user?: User): Promise<void>;

  /** Merge patch of a contents object's files; `name` may be that of a page. Does not wait until it is in Git. */
  edit(name: string, files: Edit, user?: User): Promise<PackageRevisionResources>;
  /** Edits, and waits for the acknowledgement (the edit is in Git), and until the package revision shows its commit. */
  save(name: string, files: Edit, user?: User): Promise<PackageRevisionResources>;
  /**
   * Pushes to the draft's branch with another Git client, and waits until the package revision shows the commit: a
   * request to propose that comes before is taken back. Paths are the package's. Returns the commit.
   */
  pushToDraft(name: string, files: Readonly<Record<string, FileEntry>>): Promise<string>;
  /** Replaces the whole object (PUT). */
  replace(object: PackageRevisionResources, user?: User): Promise<PackageRevisionResources>;
  /** Any other request; `path` below the namespace, such as `packagerevisions/NAME/status`. */
  request(user: User, verb: Verb, path: string, body?: object): Promise<ApiResponse["body"]>;
}

export async function createPackages(env: TestEnv): Promise<Packages> {
  const request = createNamespaceRequest(await createApiClient(env.controlPlane), env.namespace);
  const reads = createPackageReads(request, env.ledger);
  const { waitForReason, waitForAcknowledgement, waitUntilShown, get } = reads;
  const patch = (name: string, body: object, user: User = "alice") =>
    request<PackageRevision>(user, "merge", `${REVISIONS}/${name}`, body);
  const edit = (name: string, files: Edit, user: User = "alice") =>
    request<PackageRevisionResources>(user, "merge", `${CONTENTS}/${name}`, { spec: { resources: files } });
  const releaseOf = async (reviewed: PackageRevision) => {
    const key = releaseKey(reviewed);
    if (key === undefined) return {};
    const { items } = await request<{ items: readonly PackageRevision[] }>("admin", "get", REVISIONS);
    return { release: digestOfMembers(items.filter((one) => releaseKey(one) === key)) };
  };
  const packages: Packages = {
    ...reads,
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
        // A patch, since the operator may write the contents' status meanwhile.
        const { spec } = await packages.contents(name);
        const gone = Object.keys(spec.resources ?? {}).map((path) => [path, null] as const);
        await packages.edit(name, { ...Object.fromEntries(gone), ...files });
        await waitForAcknowledgement(name);
        await waitUntilShown(name);
      }
      return name;
    },
    createPublished: async (id, files, more) => await packages.publish(await packages.createDraft(id, files, more)),
    setLifecycle: async (name, lifecycle, user) => await patch(name, { spec: { lifecycle } }, user),
    askToPropose: async (name, user = "alice") => {
      const metadata = { annotations: { [ANNOTATION_PROPOSED_BY]: user } };
      return await patch(name, { metadata, spec: { lifecycle: "proposed" } }, user);
    },
    propose: async (name, user) => {
      await packages.setLifecycle(name, "proposed", user);
      return await waitForReason(name, "Proposed");
    },
    approve: async (name, user = "bob") => {
      const reviewed = await get(name);
      const approval = { digest: reviewed.status?.proposal?.digest, by: user, ...(await releaseOf(reviewed)) };
      const approved = await patch(name, { spec: { lifecycle: "published", approval } }, user);
      env.ledger.recordApproval(reviewed);
      return approved;
    },
    takeBack: async (name, to, user = "bob") => await patch(name, { spec: { lifecycle: to, approval: null } }, user),
    publish: async (name) => {
      if ((await get(name)).status?.lifecycle === "draft") await packages.propose(name);
      await packages.approve(name);
      const published = await waitForReason(name, "Published");
      env.ledger.recordPublication(published);
      return published;
    },
    delete: async (name, user = "alice") => {
      await request(user, "delete", `${REVISIONS}/${name}`);
      env.ledger.recordDeletion(`${env.namespace}/${name}`);
    },
    save: async (name, files, user) => {
      await edit(name, files, user);
      const saved = await waitForAcknowledgement(name);
      await waitUntilShown(pageOwner(name));
      return saved;
    },
    pushToDraft: async (name, files) => {
      const { repository, target, realm, package: folder, workspace } = (await get(name)).spec.packageRevID;
      const place = [target === "catalog" ? undefined : target, realm, folder];
      const path = place.filter((part) => part !== undefined).join("/");
      const pushed = Object.entries(files).map(([file, entry]) => [`${path}/${file}`, entry] as const);
      const push = { branch: `${path}/${workspace}`, files: Object.fromEntries(pushed) };
      const [commit = ""] = await pushExternally(env.git, repository, push);
      await env.sync(repository);
      await reads.waitFor(name, "shows the push", ({ status }) => status?.commit === commit);
      return commit;
    },
    replace: async (object, user = "alice") =>
      await request(user, "replace", `${CONTENTS}/${object.metadata.name}`, object),
    request: (user, verb, path, body) => request(user, verb, path, body),
  };
  return packages;
}

function describe(id: PackageID, { spec, metadata }: RevisionFields): object {
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: nameOf(id), ...metadata },
    spec: { packageRevID: id, ...spec },
  };
}
