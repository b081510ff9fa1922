import { forEachLimited } from "../../src/controllers/for-each.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { alternate, timed } from "./measure.ts";
import { compare, type Row } from "./table.ts";
import type { World } from "./world.ts";

const SAMPLES = 15;
/** As kubectl asks. */
const PAGE = 500;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PEERS = "1,000: Porch CR 12 s, Postgres 49 ms, v1alpha2 85 ms for 500; pkgserver 62 ms";

/**
 * (g) `kubectl get pkgrev`: pages of 500 as a Table. The floor: as many ConfigMaps of the same size, in the same pages, as
 * they are. The second line compares the objects as they are, too.
 */
export async function measureListing({ system, measured, floor, held }: World): Promise<readonly Row[]> {
  const { admin } = system.clients;
  const group = "/apis/pkg.pkgserver.dev/v1alpha1";
  const revisions = `${group}/namespaces/${measured.namespace}/packagerevisions`;
  const configMaps = `/api/v1/namespaces/${floor.namespace}/configmaps`;
  await makeConfigMaps(admin, configMaps, held, (await list(admin, revisions, "application/json")) / (held + 1));
  const time = (path: string, accept: string) => async () => await timed(() => list(admin, path, accept));
  const raw = time(configMaps, "application/json");
  const [tables, objects] = [time(revisions, TABLE), time(revisions, "application/json")];
  for (const work of [raw, tables, objects]) await work();
  const asTable = await alternate(SAMPLES, tables, raw);
  const asObjects = await alternate(SAMPLES, objects, raw);
  const row = { scenario: "g", unit: "ms" } as const;
  return [
    compare({ ...row, what: `list ${held}, as kubectl does`, peers: PEERS }, asTable, 1.2),
    compare({ ...row, what: `list ${held}, whole objects` }, asObjects),
  ];
}

/** Lists all pages; returns how many bytes came. */
async function list(client: KubeClient, path: string, accept: string): Promise<number> {
  let bytes = 0;
  for (let next = ""; ; ) {
    const text = await client.send({
      method: "GET",
      path,
      accept,
      query: { limit: PAGE, continue: next || undefined },
    });
    bytes += text.length;
    // In the list's own metadata, which comes first: what is measured is the server.
    const [, token] = /"continue":"([^"]+)"/.exec(text.slice(0, 1000)) ?? [];
    if (token === undefined) return bytes;
    next = token;
  }
}

async function makeConfigMaps(client: KubeClient, path: string, count: number, bytes: number): Promise<void> {
  const overhead = 450;
  const data = { text: "x".repeat(Math.max(0, Math.round(bytes) - overhead)) };
  const names = Array.from({ length: count }, (_, at) => `plain-${at}`);
  await forEachLimited(names, 32, async (name) => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
    await client.send({ method: "POST", path, body: JSON.stringify(body) });
  });
}
