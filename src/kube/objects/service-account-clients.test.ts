import { describe, expect, it } from "vitest";
import type { ApiRequest } from "../client/api-request.ts";
import { ApiError } from "../client/errors.ts";
import type { TokenSource } from "../client/token-cluster.ts";
import { ServiceAccountClients } from "./service-account-clients.ts";

const READER = { namespace: "ns", name: "reader" };

/** Clients of an API server that numbers its tokens. */
class Harness {
  nowMs = 0;
  answer: () => string = () => JSON.stringify({ status: { token: `token-${this.requests.length}` } });
  readonly requests: ApiRequest[] = [];
  readonly sources: TokenSource[] = [];
  closed = 0;
  readonly clients = new ServiceAccountClients({
    client: {
      send: async (request) => {
        this.requests.push(request);
        return this.answer();
      },
    },
    connect: (source) => {
      this.sources.push(source);
      return { send: async () => "", close: async () => void this.closed++ };
    },
    now: () => this.nowMs,
  });
}

describe("ServiceAccountClients", () => {
  it("keep a client and its token for each ServiceAccount, and ask for another one before it expires", async () => {
    const { clients, requests, sources, ...harness } = new Harness();
    expect(clients.clientOf(READER)).toBe(clients.clientOf(READER));
    expect(clients.clientOf({ ...READER, namespace: "other" })).not.toBe(clients.clientOf(READER));
    expect(sources.length).toBe(2);
    expect([await sources[0]?.token(), await sources[0]?.token()]).toEqual(["token-1", "token-1"]);
    expect(requests).toMatchObject([{ method: "POST", path: "/api/v1/namespaces/ns/serviceaccounts/reader/token" }]);
    expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ spec: { expirationSeconds: 600 } });
    expect(harness.closed).toBe(0);
  });

  it("replace a token that is old, or refused and not new", async () => {
    const harness = new Harness();
    harness.clients.clientOf(READER);
    const [source] = harness.sources;
    await source?.token();
    harness.nowMs = 5_000;
    expect(source?.drop()).toBe(false);
    harness.nowMs = 20_000;
    expect(source?.drop()).toBe(true);
    expect(await source?.token()).toBe("token-2");
    harness.nowMs = 500_000;
    expect(await source?.token()).toBe("token-3");
  });

  it("fail where no token is given, and ask again", async () => {
    const harness = new Harness();
    harness.clients.clientOf(READER);
    const [source] = harness.sources;
    harness.answer = () => {
      throw new ApiError({ code: 403, reason: "Forbidden", message: "forbidden" });
    };
    await expect(source?.token()).rejects.toThrow("forbidden");
    harness.answer = () => '{"status": {"token": secret}';
    const error = await source?.token().catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/the answer has no token$/);
    harness.answer = () => '{"status": {"token": "good"}}';
    expect(await source?.token()).toBe("good");
  });

  it("are closed when nobody has used them for ten minutes, and at the end", async () => {
    const harness = new Harness();
    harness.clients.clientOf(READER);
    harness.nowMs = 599_999;
    harness.clients.clientOf({ ...READER, name: "other" });
    expect(harness.closed).toBe(0);
    harness.nowMs = 600_000;
    harness.clients.clientOf({ ...READER, name: "other" });
    expect(harness.closed).toBe(1);
    await harness.clients.close();
    expect(harness.closed).toBe(2);
  });
});
