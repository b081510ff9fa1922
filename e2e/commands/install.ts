import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { applyManifests } from "../harness/install.ts";
import { createOwnKubectl } from "../harness/kubectl.ts";
import { CommandError, reportErrors } from "./command-error.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Files of the current kubeconfig: KUBECONFIG, else ~/.kube/config. Throws a `CommandError` if there is none: kubectl
 * would try a cluster on localhost:8080.
 */
export function currentKubeconfig(): string {
  const { KUBECONFIG = "" } = process.env;
  if (KUBECONFIG !== "") {
    // kubectl merges several files, and passes over those that are not there.
    if (KUBECONFIG.split(delimiter).some((file) => existsSync(file))) return KUBECONFIG;
    throw new CommandError(`KUBECONFIG=${KUBECONFIG}: there is no such file; set it to the file of a cluster`);
  }
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
