import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { pageOwner } from "../../src/core/identity/names.ts";
import { waitUntil } from "../harness/wait.ts";
import type { LedgerRecorder } from "../invariants/ledger.ts";
import type { NamespaceRequest } from "./namespace-request.ts";
import { readyReason } from "./testenv.ts";

export const REVISIONS = "packagerevisions";
export const CONTENTS = "packagerevisionresourceses";

/** Reads package revisions and their contents, and waits for their states. */
export interface PackageReads {
  get(name: string): Promise<PackageRevision>;
  contents(name: string): Promise<PackageRevisionResources>;
  /** All pages of its contents, page 1 first. */
  contentsPages(name: string): Promise<readonly PackageRevisionResources[]>;
  waitFor(name: string, description: string, until: (object: PackageRevision) => boolean): Promise<PackageRevision>;
  /** Waits for this reason of the Ready condition, at the newest generation. */
  waitForReason(name: string, reason: string): Promise<PackageRevision>;
  /** Waits until the newest generation of a contents object is acknowledged. */
  waitForAcknowledgement(name: string): Promise<PackageRevisionResources>;
  /** Waits until the package revision's status has the commit of its contents: contents are acknowledged first. */
  waitUntilShown(name: string): Promise<void>;
  /** Waits until the package revision and its contents are deleted. */
  waitUntilGone(name: string): Promise<void>;
  /** Names of all pkgserver objects that have a deletionTimestamp. */
  listTerminating(): Promise<readonly string[]>;
}

/** Requests are those of the cluster's administrator; acknowledged edits are recorded in `ledger`. */
export function createPackageReads(request: NamespaceRequest, ledger: LedgerRecorder): PackageReads {
  const get = (name: string) => request<PackageRevision>("admin", "get", `${REVISIONS}/${name}`);
  const contents = (name: string) => request<PackageRevisionResources>("admin", "get", `${CONTENTS}/${name}`);
  const list = async (kind: string) =>
    (await request<{ items: PackageRevision[] }>("admin", "get", kind)).items.map(({ metadata }) => metadata);
  const waitFor: PackageReads["waitFor"] = async (name, description, until) =>
    await request.waitFor(`${REVISIONS}/${name}`, `${name} ${description}`, until);
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
      const object = await request.waitFor<PackageRevisionResources>(
        `${CONTENTS}/${name}`,
        `the contents of ${name} are in Git`,
        (one) => one.status?.observedGeneration === one.metadata.generation,
      );
      ledger.recordEdit(object);
      return object;
    },
    waitUntilShown: async (name) => {
      const read = async () => ({ revision: await get(name), first: await contents(name) });
      const isShown = ({ revision, first }: Awaited<ReturnType<typeof read>>) =>
        revision.status?.commit === first.status?.commit;
      await waitUntil(`${name} shows the commit of its contents`, read, { until: isShown });
    },
    waitUntilGone: async (name) => {
      const mine = async () =>
        [...(await list(REVISIONS)), ...(await list(CONTENTS))]
          .map((one) => one.name)
          .filter((one) => pageOwner(one) === name);
      await waitUntil(`${name} is gone`, mine, { until: (names) => names.length === 0 });
    },
    listTerminating: async () => {
      const all = await Promise.all(
        [REVISIONS, CONTENTS, "packagevariants", "packagevariantsets", "repositories"].map(list),
      );
      return all.flat().flatMap((one) => (one.deletionTimestamp === undefined ? [] : [one.name]));
    },
  };
}
