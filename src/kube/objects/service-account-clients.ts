import { parseJson } from "../../core/identity/parse-json.ts";
import type { KubeClient } from "../client/client.ts";
import { ConnectionError } from "../client/errors.ts";
import type { TokenSource } from "../client/token-cluster.ts";

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** What is sent with the rights of a ServiceAccount. */
export type AccountClient = Pick<KubeClient, "send" | "close">;

export interface ServiceAccountClientsOptions {
  readonly client: Pick<KubeClient, "send">;
  readonly connect: (source: TokenSource) => AccountClient;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** The API server gives no shorter ones. */
const TOKEN_SECONDS = 600;
/** A token is used up to this age. */
const MAX_AGE_MS = 480_000;
/** After a 401 a token that is younger would be replaced by one with the same rights. */
const MIN_AGE_MS = 10_000;
/** Clients that are not used for this time are closed. */
const MAX_IDLE_MS = 600_000;

interface Entry {
  readonly client: AccountClient;
  usedAt: number;
}

/**
 * Clients with the rights of ServiceAccounts, by tokens of ten minutes. The operator needs the right to create tokens
 * of each of them, and has it of none by itself.
 */
export class ServiceAccountClients {
  readonly #options: ServiceAccountClientsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ServiceAccountClientsOptions) {
    this.#options = options;
  }

  /** Its requests reject with the `ApiError` of the token's creation, too. */
  clientOf(account: ServiceAccount): Pick<KubeClient, "send"> {
    this.#closeIdle();
    const key = `${account.namespace}/${account.name}`;
    const usedAt = this.#options.now();
    const entry = this.#entries.get(key) ?? { client: this.#options.connect(this.#tokensOf(account)), usedAt };
    entry.usedAt = usedAt;
    this.#entries.set(key, entry);
    return entry.client;
  }

  async close(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(all.map(({ client }) => client.close()));
  }

  #closeIdle(): void {
    for (const [key, { client, usedAt }] of this.#entries) {
      if (this.#options.now() - usedAt < MAX_IDLE_MS) continue;
      this.#entries.delete(key);
      void client.close();
    }
  }

  #tokensOf(account: ServiceAccount): TokenSource {
    const { client, now } = this.#options;
    let current: { readonly token: Promise<string>; readonly at: number } | undefined;
    return {
      token: async () => {
        if (current === undefined || now() - current.at >= MAX_AGE_MS) {
          const made = { token: createToken(client, account), at: now() };
          current = made;
          made.token.catch(() => {
            if (current === made) current = undefined;
          });
        }
        return await current.token;
      },
      drop: () => {
        if (current === undefined || now() - current.at < MIN_AGE_MS) return false;
        current = undefined;
        return true;
      },
    };
  }
}

async function createToken(client: Pick<KubeClient, "send">, { namespace, name }: ServiceAccount): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
  const body = JSON.stringify({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name, namespace },
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  const text = await client.send({ method: "POST", path, body });
  let token: unknown;
  try {
    token = (parseJson(text) as { readonly status?: { readonly token?: unknown } }).status?.token;
  } catch {
    // The cause would quote some of the token.
  }
  if (typeof token !== "string" || token === "") throw new ConnectionError(`POST ${path}: the answer has no token`);
  return token;
}
