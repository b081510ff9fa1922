import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { packageRevisions } from "../../src/controllers/shared/kinds.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import { isAlreadyExists } from "../../src/kube/client/errors.ts";
import { collectionPath } from "../../src/kube/client/resource.ts";
import { waitUntil } from "../harness/wait.ts";
import { alternate, timed } from "./measure.ts";
import { compare, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const SAMPLES = 15;
/** Page size of kubectl. */
const PAGE = 500;
const JSON_LIST = "application/json";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const GROUP = "bench.pkgserver.dev";

/**
 * (g) `kubectl get pkgrev`: pages of 500 as a Table, which is smaller and takes the server more work; then the whole
 * objects. The floor: as many objects of the same contents and size, of a plain custom resource, in the same pages.
 */
export async function measureListing({ system, measured, floor, held }: BenchEnv): Promise<readonly Row[]> {
  const { admin } = system.clients;
  const revisions = collectionPath(packageRevisions, measured.namespace);
  const plain = `/apis/${GROUP}/v1/namespaces/${floor.namespace}/plains`;
  await createPlain(admin, plain, (await admin.list(packageRevisions, { namespace: measured.namespace })).items);
  const time = (path: string, accept: string) => async () => await timed(() => list(admin, path, accept));
  const floorList = time(plain, JSON_LIST);
  const [tables, objects] = [time(revisions, TABLE), time(revisions, JSON_LIST)];
  for (const work of [floorList, tables, objects]) await work();
  const asTable = await alternate(SAMPLES, tables, floorList);
  const asObjects = await alternate(SAMPLES, objects, floorList);
  const row = { scenario: "g", unit: "ms" } as const;
  return [
    compare({ ...row, what: `list ${held}, as kubectl does` }, asTable, 1.2),
    compare({ ...row, what: `list ${held}, whole objects` }, asObjects, 1.2),
  ];
}

/** Lists all pages. */
async function list(client: KubeClient, path: string, accept: string): Promise<void> {
  for (let next = ""; ; ) {
    const text = await client.send({
      method: "GET",
      path,
      accept,
      query: { limit: PAGE, continue: next || undefined },
    });
    // The list's metadata comes first: parsing the whole response would measure the client.
    const [, token] = /"continue":"([^"]+)"/.exec(text.slice(0, 1000)) ?? [];
    if (token === undefined) return;
    next = token;
  }
}

/** Creates a copy of each object. Padding replaces the longer record of field managers. */
async function createPlain(client: KubeClient, path: string, objects: readonly PackageRevision[]): Promise<void> {
  await createPlainKind(client);
  await waitUntil("the plain kind is served", async () => await client.send({ method: "GET", path }));
  const create = async ({ metadata, spec, status }: PackageRevision, padding: number, dryRun?: "All") => {
    const { name, labels = {} } = metadata;
    const annotations = { padding: "x".repeat(padding) };
    const body = { apiVersion: `${GROUP}/v1`, kind: "Plain", metadata: { name, labels, annotations }, spec, status };
    const response = await client.send({ method: "POST", path, query: { dryRun }, body: JSON.stringify(body) });
    return response.length;
  };
  const [first] = objects;
  if (first === undefined) return;
  const padding = Math.max(0, JSON.stringify(first).length - (await create(first, 0, "All")));
  await forEachLimited(objects, 32, async (object) => void (await create(object, padding)));
}

async function createPlainKind(client: KubeClient): Promise<void> {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const body = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `plains.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind: "Plain", plural: "plains" },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  try {
    await client.send({ method: "POST", path, body: JSON.stringify(body) });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
