import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { stringify } from "yaml";

export interface KubeconfigSpec {
  readonly server: string;
  readonly caFile: string;
  readonly user: string;
  readonly token: string;
}

/** Writes a kubeconfig of one user with the CA certificate in it, readable only by its owner. Returns its file. */
export async function writeKubeconfig(file: string, spec: KubeconfigSpec): Promise<string> {
  const ca = await readFile(spec.caFile);
  const text = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "pkgserver", cluster: { server: spec.server, "certificate-authority-data": ca.toString("base64") } },
    ],
    users: [{ name: spec.user, user: { token: spec.token } }],
    contexts: [{ name: spec.user, context: { cluster: "pkgserver", user: spec.user, namespace: "default" } }],
    "current-context": spec.user,
  });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
  // The mode above applies only to a new file.
  await chmod(file, 0o600);
  return file;
}
