import type { IncomingMessage, ServerResponse } from "node:http";
import { type Agent, request as requestHttps } from "node:https";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { startApiProxy } from "./api-proxy.ts";

/** A proxy of the API server that drops responses: the request is handled, and the client does not know. */
export interface LossyApiProxy {
  /** Requests whose response was dropped: `PATCH /apis/…`, oldest first. */
  lostResponses(): readonly string[];
  /** Forwards all responses from now on. */
  stopLosing(): void;
  stop(): Promise<void>;
}

/**
 * Starts the proxy, and writes a kubeconfig of the operator for it. Drops the response of the first write to a path and
 * of every third one after it: the report of a failure is a write, too, and the next try must succeed.
 */
export async function startLossyApiProxy(
  controlPlane: ProvidedControlPlane,
  kubeconfig: string,
): Promise<LossyApiProxy> {
  const writes = new Map<string, number>();
  const lost: string[] = [];
  let isLosing = true;
  const stop = await startApiProxy(controlPlane, kubeconfig, (request, response, agent) => {
    const write = `${request.method} ${request.url?.replace(/\?.*$/, "")}`;
    const count = (writes.get(write) ?? 0) + 1;
    writes.set(write, count);
    const drop = request.method !== "GET" && count % 3 === 1 && isLosing;
    if (drop) lost.push(write);
    forward(request, response, { server: controlPlane.server, agent, drop });
  });
  return {
    lostResponses: () => [...lost],
    stopLosing: () => {
      isLosing = false;
    },
    stop,
  };
}

interface Upstream {
  readonly server: string;
  readonly agent: Agent;
  readonly drop: boolean;
}

function forward(request: IncomingMessage, response: ServerResponse, { server, agent, drop }: Upstream): void {
  const { method, headers } = request;
  const onward = requestHttps(new URL(request.url ?? "/", server), { agent, method, headers }, (answer) => {
    if (drop) {
      // Read to its end: only then has the request been handled.
      answer.resume().on("end", () => response.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => {
    if (!response.writableFinished && !drop) onward.destroy();
  });
  request.pipe(onward);
}
