import type { IncomingMessage, ServerResponse } from "node:http";
import { request as requestHttps } from "node:https";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { startApiProxy } from "./api-proxy.ts";

/** A proxy to the API server whose watches can lag: the operator's cache then differs from the API server's state. */
export interface LaggingWatchProxy {
  /** The operator's kubeconfig with the proxy's address. */
  readonly kubeconfig: string;
  /** Holds all watch events of a resource back, such as `packagerevisions`. Every other request passes. */
  hold(plural: string): void;
  /** Delivers the events that were held back, in order, and those that follow. */
  release(plural: string): void;
  /** Releases all watches. */
  releaseAll(): void;
  stop(): Promise<void>;
}

/** A watch: the API server's answer, and the operator's response that it is piped to. */
interface Watch {
  readonly plural: string;
  readonly answer: IncomingMessage;
  readonly response: ServerResponse;
}

/** Starts the proxy on loopback, and writes a kubeconfig of the operator for it. */
export async function startLaggingWatchProxy(
  controlPlane: ProvidedControlPlane,
  kubeconfig: string,
): Promise<LaggingWatchProxy> {
  const watches = new Set<Watch>();
  const held = new Set<string>();
  const stop = await startApiProxy(controlPlane, kubeconfig, (request, response, agent) => {
    const { method, headers, url = "/" } = request;
    const upstream = requestHttps(new URL(url, controlPlane.server), { agent, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      response.flushHeaders();
      answer.on("error", () => response.destroy());
      const plural = watchedResource(url);
      if (plural !== undefined) {
        const watch = { plural, answer, response };
        watches.add(watch);
        response.on("close", () => watches.delete(watch));
      }
      if (plural === undefined || !held.has(plural)) answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  });
  const release = (plural: string) => {
    if (!held.delete(plural)) return;
    for (const watch of watches) if (watch.plural === plural) watch.answer.pipe(watch.response);
  };
  return {
    kubeconfig,
    hold: (plural) => {
      held.add(plural);
      for (const watch of watches) if (watch.plural === plural) watch.answer.unpipe(watch.response).pause();
    },
    release,
    releaseAll: () => {
      for (const plural of [...held]) release(plural);
    },
    stop,
  };
}

/** The plural of the resource that a request watches; undefined for any other request. */
function watchedResource(url: string): string | undefined {
  const { pathname, searchParams } = new URL(url, "http://proxy");
  return /^(?:true|1)$/.test(searchParams.get("watch") ?? "") ? pathname.split("/").at(-1) : undefined;
}
