import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createApiClient } from "../testenv/api-client.ts";
import type { TestEnv } from "../testenv/env.ts";
import type { ArgumentWatch } from "./arguments.ts";
import { type Leak, probeArguments, probeFiles, probeGit, probeLog, probeMetrics, probeObjects } from "./probes.ts";
import { formsOf } from "./secret-forms.ts";

type ProbedEnv = Pick<TestEnv, "controlPlane" | "namespace" | "operator" | "operatorSpec">;

/** Secrets have leaked; the message contains the places, not the secrets. */
export class LeakError extends Error {
  override readonly name = "LeakError";
  constructor(leaks: readonly Leak[]) {
    super(`secrets were found in ${leaks.length} places:\n${leaks.map(({ where }) => where).join("\n")}`);
  }
}

/** Searches for secrets in objects, metrics and process arguments, while the operator runs. */
export async function findLeaksInSystem(
  env: ProbedEnv,
  secrets: readonly string[],
  watch: ArgumentWatch,
): Promise<readonly Leak[]> {
  const forms = secrets.flatMap(formsOf);
  const requestAs = await createApiClient(env.controlPlane);
  const namespaces = new Set([env.namespace, ...(env.operatorSpec.namespaces ?? [])]);
  const probes = [
    ...[...namespaces].map((namespace) => probeObjects(requestAs, namespace)),
    probeMetrics(env.operator.url),
    probeArguments(watch.observed()),
  ];
  return (await Promise.all(probes.map((probe) => probe(forms)))).flat();
}

/** Searches for secrets in the log, in the data directory and in Git, after the operator has ended. */
export async function findLeaksInFiles(env: ProbedEnv, secrets: readonly string[]): Promise<readonly Leak[]> {
  const forms = secrets.flatMap(formsOf);
  const { dir } = env.operatorSpec;
  const root = join(dir, "repositories");
  const repositories = (await readdir(root).catch(() => [])).filter((name) => name.endsWith(".git"));
  // A replica has a folder of its own.
  const folders = new Set([dir, dirname(env.operator.logFile)]);
  const probes = [
    probeLog(env.operator.logFile),
    ...[...folders].map((folder) => probeFiles(join(folder, "operator-data"))),
    ...repositories.map((name) => probeGit(join(root, name))),
  ];
  return (await Promise.all(probes.map((probe) => probe(forms)))).flat();
}
