import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** An HTTP proxy for CONNECT requests. */
export interface ConnectProxy {
  readonly url: URL;
  /** The targets and the credentials of the requests. */
  readonly asked: readonly (string | undefined)[];
  readonly close: () => Promise<void>;
}

/** `needsPassword`: a request without credentials is refused. */
export async function startConnectProxy({ needsPassword = false } = {}): Promise<ConnectProxy> {
  const asked: (string | undefined)[] = [];
  const server = createServer().on("connect", (request, socket) => {
    const credentials = request.headers["proxy-authorization"];
    asked.push(request.url, credentials);
    socket.on("error", () => undefined);
    if (needsPassword && credentials === undefined) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const [host = "", port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
