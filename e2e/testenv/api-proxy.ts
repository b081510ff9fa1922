import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import { parse, stringify } from "yaml";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";

/** Forwards one request to the API server through the agent, or does not. */
export type Forward = (request: IncomingMessage, response: ServerResponse, agent: Agent) => void;

/**
 * Starts a proxy of the API server on loopback, and writes a kubeconfig of the operator for it. Returns how to stop it.
 */
export async function startApiProxy(
  controlPlane: ProvidedControlPlane,
  kubeconfig: string,
  forward: Forward,
): Promise<() => Promise<void>> {
  const agent = new Agent({ ca: await readFile(controlPlane.caFile), keepAlive: true });
  const server = createServer((request, response) => forward(request, response, agent));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await writeFile(kubeconfig, await renderKubeconfig(controlPlane, port), { mode: 0o600 });
  return async () => {
    const closed = once(server.close(), "close");
    server.closeAllConnections();
    await closed;
    agent.destroy();
  };
}

/** The operator's kubeconfig with the proxy's address. */
async function renderKubeconfig({ kubeconfigs }: ProvidedControlPlane, port: number): Promise<string> {
  const config = parse(await readFile(kubeconfigs.operator, "utf8"));
  for (const { cluster } of config.clusters) {
    delete cluster["certificate-authority-data"];
    cluster.server = `http://127.0.0.1:${port}`;
    // Without it the operator refuses plain HTTP.
    cluster["insecure-skip-tls-verify"] = true;
  }
  return stringify(config);
}
