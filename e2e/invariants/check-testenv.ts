import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { createApiClient } from "../testenv/api-client.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { InvariantError } from "./check.ts";
import type { Ledger } from "./ledger.ts";
import type { Subject } from "./observe.ts";
import { type VerifyOptions, verify } from "./verify.ts";

/** What of a world is looked at. */
export type CheckedEnv = Pick<TestEnv, "controlPlane" | "namespace" | "git" | "operatorSpec">;

/**
 * Judges the invariants on a world, once it has settled. `ledger`: what the test alone knows. Throws an `InvariantError` that names every violation.
 */
export async function checkInvariants(
  env: CheckedEnv,
  ledger: Partial<Ledger> = {},
  options: Omit<VerifyOptions, "ledger"> = {},
): Promise<void> {
  const { violations } = await verify(await subjectOf(env), { ...options, ledger });
  if (violations.length > 0) throw new InvariantError(violations);
}

/** A world's namespaces, and the folders of its git server themselves as the remotes. */
export async function subjectOf(env: CheckedEnv): Promise<Subject> {
  const requestAs = await createApiClient(env.controlPlane);
  const request = async (verb: "get" | "merge", path: string, body?: object) => {
    const answer = await requestAs("admin", verb, path, body);
    if (answer.code >= 300) throw new Error(`${verb} ${path}: ${answer.code} ${answer.body.message}`);
    return answer.body as unknown;
  };
  return {
    namespaces: env.operatorSpec.namespaces ?? [env.namespace],
    list: async <T>(path: string) => ((await request("get", path)) as { items: T[] }).items,
    remote: async ({ spec }) => await folderOf(env, spec.git?.url ?? ""),
    requestSync: async ({ metadata: { namespace, name } }: Repository, value) => {
      const body = { metadata: { annotations: { [ANNOTATION_SYNC]: value } } };
      await request("merge", `config.pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/repositories/${name}`, body);
    },
  };
}

/** The folder behind a URL of the world's git server, or of a folder; undefined for any other. */
async function folderOf({ git }: CheckedEnv, url: string): Promise<string | undefined> {
  const prefix = `http://127.0.0.1:${git.port}/`;
  const dir = url.startsWith(prefix)
    ? git.path(decodeURIComponent(url.slice(prefix.length)).replace(/\.git$/, ""))
    : url.replace(/^file:\/\//, "");
  if (!dir.startsWith("/")) return undefined;
  // Only a bare repository has it there.
  return (await stat(join(dir, "HEAD")).catch(() => undefined)) === undefined ? undefined : dir;
}
