import { homedir } from "node:os";
import { join } from "node:path";
import { applyManifests } from "../harness/install.ts";
import { createKubectl } from "../harness/kubectl.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The cluster that kubectl talks to by itself. */
export const currentKubeconfig = process.env.KUBECONFIG ?? join(homedir(), ".kube", "config");

/** `make install` */
if (import.meta.main) {
  await applyManifests(createKubectl("kubectl", currentKubeconfig), print);
  print("installed CRDs, roles and policies; `make run` runs the operator from here, the chart in the cluster");
}
