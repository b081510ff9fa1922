import { request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import { BlockList, isIP, type Socket } from "node:net";

const CONNECT_TIMEOUT_MS = 10_000;

/** A proxy's address in a kubeconfig or in the environment. Throws an Error for one that is not understood. */
export function parseProxy(text: string): URL {
  const proxy = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (proxy?.protocol === "http:" || proxy?.protocol === "https:") return proxy;
  // It may have a password in it.
  throw new Error("the proxy is no http:// or https:// URL");
}

/**
 * The proxy that the environment names for a server, as kubectl takes it: HTTPS_PROXY, unless NO_PROXY names the host,
 * a domain above it, or a network with its address.
 *
 * The rules are those of Go's http.ProxyFromEnvironment. The libraries proxy-from-env and undici (EnvHttpProxyAgent)
 * have others: neither knows networks, such as that of a cluster's nodes, or leaves out the loopback; the first takes a
 * domain without those below it, the second a leading dot with the domain itself.
 */
export function proxyFromEnvironment(server: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const text = server.protocol === "https:" ? env.HTTPS_PROXY || env.https_proxy : env.HTTP_PROXY || env.http_proxy;
  if (text === undefined || text === "") return undefined;
  const host = withoutBrackets(server.hostname);
  if (isLoopback(host)) return undefined;
  const excluded = (env.NO_PROXY || env.no_proxy || "").split(",").map((part) => part.trim().toLowerCase());
  return excluded.some((one) => excludes(one, host, server.port || "443")) ? undefined : parseProxy(text);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function excludes(pattern: string, host: string, port: string): boolean {
  if (pattern === "") return false;
  if (pattern === "*") return true;
  const network = /^([0-9a-f:.]+)\/([0-9]{1,3})$/.exec(pattern);
  if (network !== null) return isInNetwork(host, network[1] ?? "", Number(network[2]));
  const [, named = pattern, onlyPort] = /^([^:]+|\[.+\]):([0-9]+)$/.exec(pattern) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const name = withoutBrackets(named);
  if (isIP(name) !== 0) return isInNetwork(host, name, isIP(name) === 6 ? 128 : 32);
  const domain = name.replace(/^\*?\./, "");
  return (host === domain && !/^\*?\./.test(name)) || host.endsWith(`.${domain}`);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function isInNetwork(host: string, network: string, bits: number): boolean {
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(host) === 0 || isIP(network) === 0 || bits > (family === "ipv6" ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}

/** Opens a connection to a server through a proxy (CONNECT). Rejects if the proxy refuses, or does not answer. */
export async function openTunnel(proxy: URL, hostname: string, port: string): Promise<Socket> {
  const target = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const headers = {
    host: target,
    ...(credentials !== ":" && { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` }),
  };
  const connect = proxy.protocol === "https:" ? requestByHttps : requestByHttp;
  const request = connect({
    host: withoutBrackets(proxy.hostname),
    port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
    method: "CONNECT",
    path: target,
    headers,
    agent: false,
    timeout: CONNECT_TIMEOUT_MS,
  });
  return await new Promise((resolve, reject) => {
    request.once("connect", (response, socket, head) => {
      if (response.statusCode === 200) {
        // What the server sent together with the proxy's answer.
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      } else {
        socket.destroy();
        reject(
          new Error(`the proxy ${proxy.host} refuses ${target}: ${response.statusCode} ${response.statusMessage}`),
        );
      }
    });
    request.once("timeout", () => request.destroy(new Error(`the proxy ${proxy.host} does not answer`)));
    request.once("error", reject);
    request.end();
  });
}
