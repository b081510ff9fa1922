import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ANNOTATION_REPLICAS } from "../../src/controllers/sharding/lease-object.ts";
import { parseRemoteUrl } from "../../src/core/identity/url.ts";
import { type Membership, ownerOf } from "../../src/core/sharding/membership.ts";
import { type OperatorProcess, startOperator } from "../harness/operator.ts";
import { waitUntil } from "../harness/wait.ts";
import type { TestEnv } from "./env.ts";

let count = 0;

/** Starts another replica of the environment's operator, with its own data directory; resolves when it is ready. */
export async function startReplica(env: TestEnv): Promise<OperatorProcess> {
  const dir = join(env.operatorSpec.dir, `replica-${++count}`);
  await mkdir(dir);
  return await startOperator({ ...env.operatorSpec, dir });
}

/** Members of the environment's replicas, from its Lease. */
export async function readMembership(env: TestEnv): Promise<Membership> {
  const { metadata } = await env
    .as("admin")
    .getJson<{ metadata: { annotations: Readonly<Record<string, string>> } }>("lease", "pkgserver");
  const { epoch, members, settling } = JSON.parse(metadata.annotations[ANNOTATION_REPLICAS] ?? "");
  return { epoch, members, draining: settling };
}

/** Waits until exactly these replicas are members and none is draining. */
export async function waitForReplicas(env: TestEnv, replicas: readonly OperatorProcess[]): Promise<void> {
  const wanted = replicas.map(identityOf).sort().join();
  await waitUntil("the replicas are the members of the Lease", async () => await readMembership(env), {
    until: ({ members, draining }) => Object.keys(members).sort().join() === wanted && draining.length === 0,
  });
}

/** The replica that owns a repository of the environment's git server. */
export async function findOwner(
  env: TestEnv,
  repository: string,
  replicas: readonly OperatorProcess[],
): Promise<OperatorProcess> {
  const url = parseRemoteUrl(env.git.url(repository), new Set(["http"]));
  if ("problem" in url) throw new Error(url.problem);
  const owner = ownerOf(Object.keys((await readMembership(env)).members), url.canonical);
  const found = replicas.find((one) => identityOf(one) === owner);
  if (found === undefined) throw new Error(`${repository} is owned by ${owner}, which is none of these replicas`);
  return found;
}

/** Identity that app/config.ts generates if HOSTNAME is not set. */
function identityOf({ ref }: OperatorProcess): string {
  return `local_${ref.pid}`;
}
