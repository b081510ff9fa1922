import { request as requestHttps } from "node:https";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { startApiProxy } from "./api-proxy.ts";

/** A proxy of the API server that can damage Secrets: their passwords lose the quote before them. */
export interface GarblingApiProxy {
  /** The operator's kubeconfig with the proxy's address. */
  readonly kubeconfig: string;
  /** Damages answers from now on, or no more. */
  garble(isOn: boolean): void;
  stop(): Promise<void>;
}

/** Starts the proxy on loopback, and writes a kubeconfig of the operator for it. */
export async function startGarblingApiProxy(
  controlPlane: ProvidedControlPlane,
  kubeconfig: string,
): Promise<GarblingApiProxy> {
  let isGarbling = false;
  const stop = await startApiProxy(controlPlane, kubeconfig, (request, response, agent) => {
    const { method, headers, url = "/" } = request;
    const isSecret = isGarbling && method === "GET" && /\/secrets\/[^/?]+(?:\?|$)/.test(url);
    const onward = requestHttps(new URL(url, controlPlane.server), { agent, method, headers }, (answer) => {
      answer.on("error", () => response.destroy());
      if (!isSecret) {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
        return;
      }
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks).toString().replace('"password":"', '"password":');
        response.writeHead(answer.statusCode ?? 500, { "content-type": "application/json" }).end(body);
      });
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  return {
    kubeconfig,
    garble: (isOn) => {
      isGarbling = isOn;
    },
    stop,
  };
}
