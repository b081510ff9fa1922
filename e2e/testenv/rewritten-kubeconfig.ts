import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { writeKubeconfig } from "../harness/kubeconfig.ts";

/** Writes a kubeconfig of the operator with another address of the API server, such as a proxy's. Returns its file. */
export async function rewriteKubeconfig(
  controlPlane: Pick<ProvidedControlPlane, "kubeconfigs" | "caFile">,
  server: string,
  file: string,
): Promise<string> {
  const { users } = parse(await readFile(controlPlane.kubeconfigs.operator, "utf8")) as {
    readonly users: readonly { readonly user: { readonly token: string } }[];
  };
  const token = users[0]?.user.token ?? "";
  return await writeKubeconfig(file, { server, caFile: controlPlane.caFile, user: "operator", token });
}
