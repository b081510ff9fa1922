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
/** As kubectl asks. */
const PAGE = 500;
const JSON_LIST = "application/json";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PEERS = "1,000: Porch CR 12 s, Postgres 49 ms, v1alpha2 85 ms for 500; pkgserver 62 ms";
const GROUP = "bench.pkgserver.dev";

/**
 * (g) `kubectl get pkgrev`: pages of 500 as a Table, which is less to send and more to work out; then the objects as
 * they are. The floor: as many objects of the same contents and size, of a custom resource that is nothing beside, in
 * the same pages.
 */
export async function measureListing({ system, measured, floor, held }: BenchEnv): Promise<readonly Row[]> {
  const { admin } = system.clients;
  const revisions = collectionPath(packageRevisions, measured.namespace);
  const plain = `/apis/${GROUP}/v1/namespaces/${floor.namespace}/plains`;
  await makePlain(admin, plain, (await admin.list(packageRevisions, { namespace: measured.namespace })).items);
  const time = (path: string, accept: string) => async () => await timed(() => list(admin, path, accept));
  const raw = time(plain, JSON_LIST);
  const [tables, objects] = [time(revisions, TABLE), time(revisions, JSON_LIST)];
  for (const work of [raw, tables, objects]) await work();
  const asTable = await alternate(SAMPLES, tables, raw);
  const asObjects = await alternate(SAMPLES, objects, raw);
  const row = { scenario: "g", unit: "ms" } as const;
  return [
    compare({ ...row, what: `list ${held}, as kubectl does`, peers: PEERS }, asTable, 1.2),
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
    // In the list's own metadata, which comes first: what is measured is the server.
    const [, token] = /"continue":"([^"]+)"/.exec(text.slice(0, 1000)) ?? [];
    if (token === undefined) return;
    next = token;
  }
}

/** A copy of each; what is longer there, the record of who manages which fields, is made up for by padding. */
async function makePlain(client: KubeClient, path: string, objects: readonly PackageRevision[]): Promise<void> {
  await makePlainKind(client);
  await waitUntil("the plain kind is served", async () => await client.send({ method: "GET", path }));
  const make = async ({ metadata, spec, status }: PackageRevision, padding: number, dryRun?: "All") => {
    const { name, labels = {} } = metadata;
    const annotations = { padding: "x".repeat(padding) };
    const body = { apiVersion: `${GROUP}/v1`, kind: "Plain", metadata: { name, labels, annotations }, spec, status };
    const made = await client.send({ method: "POST", path, query: { dryRun }, body: JSON.stringify(body) });
    return made.length;
  };
  const [first] = objects;
  if (first === undefined) return;
  const padding = Math.max(0, JSON.stringify(first).length - (await make(first, 0, "All")));
  await forEachLimited(objects, 32, async (object) => void (await make(object, padding)));
}

async function makePlainKind(client: KubeClient): Promise<void> {
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
