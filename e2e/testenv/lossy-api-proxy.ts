import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request as requestHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { parse, stringify } from "yaml";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";

/** A way to the API server on which answers get lost: what was asked has been done, and who asked does not know. */
export interface LossyApiProxy {
  /** The answers that were lost: `PATCH /apis/…`, oldest first. */
  lostAnswers(): readonly string[];
  /** From now on all answers arrive. */
  stopLosing(): void;
  stop(): Promise<void>;
}

/**
 * Starts it, and writes a kubeconfig of the operator for it. Of the writes to one place, the first one's answer is lost, and every
 * third one's after it: telling of a failure is a write, too, and the next try is to be heard.
 */
export async function startLossyApiProxy(
  controlPlane: ProvidedControlPlane,
  kubeconfig: string,
): Promise<LossyApiProxy> {
  const agent = new Agent({ ca: await readFile(controlPlane.caFile), keepAlive: true });
  const writes = new Map<string, number>();
  const lost: string[] = [];
  let mended = false;
  const server = createServer((request, response) => {
    const write = `${request.method} ${request.url?.replace(/\?.*$/, "")}`;
    const count = (writes.get(write) ?? 0) + 1;
    writes.set(write, count);
    const loses = request.method !== "GET" && count % 3 === 1 && !mended;
    if (loses) lost.push(write);
    forward(request, response, { server: controlPlane.server, agent, loses });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await writeFile(kubeconfig, await describeKubeconfig(controlPlane, (server.address() as AddressInfo).port), {
    mode: 0o600,
  });
  return {
    lostAnswers: () => [...lost],
    stopLosing: () => {
      mended = true;
    },
    stop: async () => {
      const closed = once(server.close(), "close");
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

interface Upstream {
  readonly server: string;
  readonly agent: Agent;
  readonly loses: boolean;
}

function forward(request: IncomingMessage, response: ServerResponse, { server, agent, loses }: Upstream): void {
  const { method, headers } = request;
  const onward = requestHttps(new URL(request.url ?? "/", server), { agent, method, headers }, (answer) => {
    if (loses) {
      // To its end, so that it has been done.
      answer.resume().on("end", () => response.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => {
    if (!response.writableFinished && !loses) onward.destroy();
  });
  request.pipe(onward);
}

/** The operator's own kubeconfig, by another address. */
async function describeKubeconfig({ kubeconfigs }: ProvidedControlPlane, port: number): Promise<string> {
  const config = parse(await readFile(kubeconfigs.operator, "utf8"));
  for (const { cluster } of config.clusters) {
    delete cluster["certificate-authority-data"];
    cluster.server = `http://127.0.0.1:${port}`;
    // Plain HTTP is refused without.
    cluster["insecure-skip-tls-verify"] = true;
  }
  return stringify(config);
}
