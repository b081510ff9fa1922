import { request } from "node:http";
import { text } from "node:stream/consumers";

/** Requests to etcd's JSON API on 127.0.0.1. */
export interface EtcdClient {
  /** False while it does not serve. */
  isHealthy(): Promise<boolean>;
  /** Compacts the whole history. Returns the oldest revision that remains. */
  compact(): Promise<string>;
}

const TIMEOUT_MS = 5_000;
/** An empty name: any question that reads no key is answered with the store's revision. */
const EMPTY_KEY = Buffer.from("\0").toString("base64");

export function createEtcdClient(port: number): EtcdClient {
  return {
    isHealthy: async () => {
      const answer = await sendRequest(port, "GET", "/health").catch(() => undefined);
      return answer?.code === 200 && JSON.parse(answer.body).health === "true";
    },
    compact: async () => {
      const { revision } = (await call(port, "/v3/kv/range", { key: EMPTY_KEY })).header;
      // Physical: the response comes once the old revisions are deleted.
      await call(port, "/v3/kv/compaction", { revision, physical: true });
      return revision;
    },
  };
}

interface Reply {
  readonly header: { readonly revision: string };
}

async function call(port: number, path: string, body: object): Promise<Reply> {
  const answer = await sendRequest(port, "POST", path, JSON.stringify(body));
  if (answer.code !== 200) throw new Error(`etcd ${path}: ${answer.code} ${answer.body}`);
  return JSON.parse(answer.body) as Reply;
}

async function sendRequest(port: number, method: string, path: string, body?: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly code: number; readonly body: string }>();
  const sent = request({ host: "127.0.0.1", port, path, method, agent: false, timeout: TIMEOUT_MS }, (response) => {
    text(response).then((body) => resolve({ code: response.statusCode ?? 0, body }), reject);
  });
  sent.on("timeout", () => sent.destroy(new Error(`etcd ${path} did not answer within ${TIMEOUT_MS / 1000} s`)));
  sent.on("error", reject);
  sent.end(body);
  return await promise;
}
