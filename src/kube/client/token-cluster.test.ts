import { describe, expect, it } from "vitest";
import type { Cluster } from "./kubeconfig.ts";
import { withToken } from "./token-cluster.ts";

let tls = { ca: "authority", cert: "certificate", key: "private key", servername: "api" };
const cluster: Cluster = {
  server: new URL("https://api.test"),
  namespace: undefined,
  contexts: [],
  proxy: undefined,
  tls: async () => tls,
  authHeaders: async () => ({ authorization: "Bearer own", "impersonate-user": "alice" }),
  refresh: () => true,
};

describe("withToken", () => {
  it("sends the token, and none of the cluster's own credentials", async () => {
    const other = withToken(cluster, { token: async () => "theirs", drop: () => false });
    expect(await other.authHeaders()).toEqual({ authorization: "Bearer theirs" });
    expect(await other.tls()).toEqual({ ca: "authority", servername: "api" });
    expect(other.refresh()).toBe(false);
  });

  it("keeps its connections until the cluster's options change", async () => {
    const other = withToken(cluster, { token: async () => "theirs", drop: () => false });
    const first = await other.tls();
    expect(await other.tls()).toBe(first);
    tls = { ...tls, ca: "another authority" };
    expect(await other.tls()).toEqual({ ca: "another authority", servername: "api" });
  });
});
