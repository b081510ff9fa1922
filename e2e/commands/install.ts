import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { applyManifests } from "../harness/install.ts";
import { createOwnKubectl } from "../harness/kubectl.ts";
import { CommandError, reportErrors } from "./command-error.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** File of the current kubeconfig: KUBECONFIG, else ~/.kube/config. Throws a `CommandError` if there is none. */
export function currentKubeconfig(): string {
  const { KUBECONFIG = "" } = process.env;
  if (KUBECONFIG !== "") return KUBECONFIG;
  const defaultFile = join(homedir(), ".kube", "config");
  if (!existsSync(defaultFile))
    throw new CommandError(`there is no ${defaultFile}: set KUBECONFIG to the file of a cluster`);
  return defaultFile;
}

/** `make install` */
if (import.meta.main) {
  reportErrors();
  await applyManifests(createOwnKubectl("kubectl", currentKubeconfig()), print);
  print("installed CRDs, roles and policies; `make run` runs the operator from here, the chart in the cluster");
}
