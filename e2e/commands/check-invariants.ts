import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import type { ConfigMap, Secret } from "../../src/controllers/shared/kinds.ts";
import { ALLOWED_SIGNERS } from "../../src/controllers/signing/signing-keys.ts";
import { createOwnKubectl, type Kubectl, kubectlAs } from "../harness/kubectl.ts";
import { isUp, readRunState } from "../harness/run-state.ts";
import { describeViolation } from "../invariants/check.ts";
import { RemoteClones } from "../invariants/clone-remote.ts";
import { countChecked, INVARIANTS } from "../invariants/counts.ts";
import type { Invariant } from "../invariants/observation.ts";
import type { Subject } from "../invariants/observe.ts";
import { unverifiedIn } from "../invariants/signatures.ts";
import { isInStep } from "../invariants/situation.ts";
import { verify } from "../invariants/verify.ts";
import { CommandError, reportErrors } from "./command-error.ts";
import { currentKubeconfig } from "./install.ts";

/**
 * `make check-invariants`: checks the cluster of KUBECONFIG if it is set, else the system of `make up` or `make demo`
 * if it runs, else kubectl's current cluster. Reads every Repository's remote with its own credentials. Changes
 * nothing, except for the sync that RESYNC=1 requests. A violation counts after 90 seconds by default: the operator
 * reads a remote once a minute, unless its Repository has another interval.
 */
const [runDir = ".run", namespace = "", resync = "", seconds = "90"] = process.argv.slice(2);
reportErrors();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
if (!(Number(seconds) > 0)) throw new CommandError(`WITHIN=${seconds}: how many seconds things may take, above 0`);
if (!["", "1"].includes(resync)) throw new CommandError(`RESYNC=${resync}: 1, or nothing`);
const kubectl = await connect();
await checkNamespace();

const dir = await mkdtemp(join(tmpdir(), "pkgserver-check-"));
try {
  const subject = describeSubject(kubectl, dir);
  const options = { settleMs: Number(seconds) * 1000, pollMs: 2000, resync: resync === "1" };
  const { observation, violations } = await verify(subject, options);
  const counts = countChecked(observation);
  for (const [number, description] of Object.entries(INVARIANTS)) {
    const invariant = Number(number) as Invariant;
    const found = violations.filter((one) => one.invariant === invariant);
    const skipped = (invariant === 10 && resync !== "1") || (invariant === 5 && counts[5] === 0);
    const how = skipped
      ? `not checked (${invariant === 10 ? "RESYNC=1 does" : "only a test knows"})`
      : `${counts[invariant]} checked, ${found.length} violations`;
    print(`(${number}) ${description}: ${how}`);
  }
  for (const violation of violations) print(describeViolation(violation));
  for (const [key, remote] of observation.remotes) {
    for (const { what } of unverifiedIn(remote)) {
      print(`Repository ${key}: ${what} is in the operator's name, and no published key signed it: a forgery?`);
    }
  }
  for (const [key, { message }] of observation.skipped) print(`Repository ${key} was not checked: ${message}`);
  if (violations.length > 0 || observation.skipped.size > 0) process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}

/**
 * kubectl as the system's administrator if KUBECONFIG is not set or is a file of the system, else for the current
 * cluster.
 */
async function connect(): Promise<Kubectl> {
  const state = await readRunState(runDir);
  const { KUBECONFIG: chosen = "" } = process.env;
  const running = state !== undefined && isUp(state);
  if (running && (chosen === "" || Object.values(state.controlPlane.kubeconfigs).includes(chosen))) {
    print(`the system in ${runDir}`);
    return kubectlAs(state.controlPlane, "admin");
  }
  print(`the cluster of ${currentKubeconfig()}`);
  return createOwnKubectl("kubectl", currentKubeconfig());
}

/** Refuses a namespace that does not exist: a check of nothing would look like a success. */
async function checkNamespace(): Promise<void> {
  if (namespace === "") return;
  const found = await kubectl("get", "namespace", namespace, "--ignore-not-found", "--output=name");
  if (found === "") throw new CommandError(`there is no namespace ${namespace}`);
}

function describeSubject(kubectl: Kubectl, dir: string): Subject {
  const clones = new RemoteClones(dir, (place, name) =>
    kubectl.getJson<Secret>("secret", name, `--namespace=${place}`),
  );
  return {
    namespaces: namespace === "" ? undefined : [namespace],
    list: async <T>(path: string) =>
      (JSON.parse(await kubectl("get", "--raw", `/apis/${path}`)) as { items: T[] }).items,
    signers: async () => {
      const selector = `--field-selector=metadata.name=${ALLOWED_SIGNERS.name}`;
      const { items } = await kubectl.getJson<{ items: ConfigMap[] }>("configmaps", "--all-namespaces", selector);
      return items.map(({ data }) => data?.[ALLOWED_SIGNERS.key] ?? "").join("\n");
    },
    secret: async (place, name) => {
      const selector = `--field-selector=metadata.name=${name}`;
      const found = await kubectl.getJson<{ items: Secret[] }>("secrets", `--namespace=${place}`, selector);
      return found.items[0]?.data;
    },
    // A remote that the operator cannot read would take a time limit to fail here.
    remote: async (repository) => (isInStep(repository) ? await clones.open(repository) : undefined),
    requestSync: async ({ metadata }, value) => {
      const where = [`repositories.config.pkg.pkgserver.dev/${metadata.name}`, `--namespace=${metadata.namespace}`];
      await kubectl("annotate", "--overwrite", ...where, `${ANNOTATION_SYNC}=${value}`);
    },
  };
}
