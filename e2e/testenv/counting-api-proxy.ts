import { request as requestHttps } from "node:https";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { startApiProxy } from "./api-proxy.ts";

/** A proxy to the API server that counts the operator's requests. */
export interface CountingApiProxy {
  /** The operator's kubeconfig with the proxy's address. */
  readonly kubeconfig: string;
  /** Requests since the last call, by what they are: `PATCH packagerevisions/status`. Without watches and Leases. */
  take(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** Starts the proxy on loopback, and writes a kubeconfig of the operator for it. */
export async function startCountingApiProxy(
  controlPlane: ProvidedControlPlane,
  kubeconfig: string,
): Promise<CountingApiProxy> {
  let counts = new Map<string, number>();
  const stop = await startApiProxy(controlPlane, kubeconfig, (request, response, agent) => {
    const { method = "", headers, url = "/" } = request;
    const what = describeRequest(method, url);
    if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1);
    const upstream = requestHttps(new URL(url, controlPlane.server), { agent, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      response.flushHeaders();
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  });
  const take = () => {
    const taken = Object.fromEntries([...counts].toSorted());
    counts = new Map();
    return taken;
  };
  return { kubeconfig, take, stop };
}

/** Undefined for what the operator requests without any object of the tests. */
function describeRequest(method: string, url: string): string | undefined {
  const { pathname, searchParams } = new URL(url, "http://proxy");
  const path = /^\/apis?\/(?:[^/]+\/)?v[^/]+(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/[^/]+(\/[^/]+)?)?$/.exec(pathname);
  if (path === null || searchParams.has("watch") || path[1] === "leases") return undefined;
  const [, resource = "", subresource = ""] = path;
  return `${method} ${resource}${subresource}`;
}
