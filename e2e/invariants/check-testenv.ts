import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import type { Secret } from "../../src/controllers/shared/kinds.ts";
import { gitServerAt } from "../harness/git-server.ts";
import { createApiClient } from "../testenv/api-client.ts";
import type { TestEnv } from "../testenv/env.ts";
import { readSigners } from "../testenv/signers.ts";
import { InvariantError } from "./check.ts";
import { assertCovered, type Coverage, coverageOf } from "./coverage.ts";
import type { Ledger } from "./ledger.ts";
import type { Subject } from "./observe.ts";
import { type VerifyOptions, verify } from "./verify.ts";

/** Part of an environment that the check uses. */
export type CheckedEnv = Pick<TestEnv, "controlPlane" | "namespace" | "git" | "operatorSpec">;

export interface CheckOptions extends Omit<VerifyOptions, "ledger"> {
  /** Why no Repository is in step with its remote at the end; otherwise a check that skips all of them fails. */
  readonly allSkipped?: string;
}

/**
 * Checks the invariants of an environment once it has converged. `ledger`: what the operator has acknowledged to the
 * test, and what the test forged (nothing by default). Throws an `InvariantError` that names every violation, or a
 * `CoverageError` if too little could be checked.
 */
export async function checkInvariants(
  env: CheckedEnv,
  ledger: Partial<Ledger> = {},
  { allSkipped, ...options }: CheckOptions = {},
): Promise<Coverage> {
  const known = { forged: [], ...ledger };
  const { violations, observation } = await verify(await subjectOf(env), { ...options, ledger: known });
  if (violations.length > 0) throw new InvariantError(violations);
  assertCovered(observation, allSkipped);
  return coverageOf(observation, ledger);
}

/** The namespaces of an environment, and the folders of its git server as the remotes. */
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
    signers: async () => await readSigners(requestAs, env.operatorSpec.leaseNamespace),
    secret: async (namespace, name) => {
      const { code, body } = await requestAs("admin", "get", `/api/v1/namespaces/${namespace}/secrets/${name}`);
      return code === 200 ? (body as unknown as Secret).data : undefined;
    },
    remote: async ({ spec }) => await folderOf(env, spec.git?.url ?? ""),
    requestSync: async ({ metadata: { namespace, name } }: Repository, value) => {
      const body = { metadata: { annotations: { [ANNOTATION_SYNC]: value } } };
      await request("merge", `config.pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/repositories/${name}`, body);
    },
  };
}

/**
 * The folder behind a URL: of a folder (also by ssh), of a git server of this process, or of the environment's git
 * server behind a proxy; undefined for any other URL.
 */
async function folderOf({ git }: CheckedEnv, url: string): Promise<string | undefined> {
  const [, port, path] = /^https?:\/\/127\.0\.0\.1:([0-9]+)\/(.+?)(?:\.git)?$/.exec(url) ?? [];
  const server = gitServerAt(Number(port)) ?? git;
  const dir =
    path === undefined ? url.replace(/^(?:file:\/\/|ssh:\/\/[^/]+)/, "") : server.path(decodeURIComponent(path));
  if (!dir.startsWith("/")) return undefined;
  // Only a bare repository has this file at its root.
  return (await stat(join(dir, "HEAD")).catch(() => undefined)) === undefined ? undefined : dir;
}
