import { describe, expect, it } from "vitest";
import type { DataRequest } from "../../../core/render/kform/given.ts";
import { ApiError } from "../../../kube/client/errors.ts";
import { ClusterData } from "./cluster-data.ts";

const ACCESS = {
  account: { namespace: "ns", name: "reader" },
  kinds: [{ apiVersion: "example.org/v1", kind: "Cluster" }],
};
const request = (name: string, more: Partial<DataRequest> = {}): DataRequest => {
  return { block: "data", apiVersion: "example.org/v1", kind: "Cluster", namespace: "fleet", name, ...more };
};

/** A cluster with Clusters of these regions. */
class Harness {
  readonly changed: string[] = [];
  readonly paths: string[] = [];
  regions: Readonly<Record<string, string>> = { edge1: "eu" };
  failure: ApiError | undefined;
  version = 0;
  readonly data = new ClusterData({
    clients: { clientOf: () => ({ send: async ({ path }) => this.#answer(path) }) },
    onChanged: (key) => void this.changed.push(key),
  });

  #answer(path: string): string {
    this.paths.push(path);
    if (path === "/apis/example.org/v1")
      return JSON.stringify({ resources: [{ name: "clusters", kind: "Cluster", namespaced: true }] });
    if (this.failure !== undefined) throw this.failure;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const region = this.regions[name];
    if (region === undefined) throw new ApiError({ code: 404, reason: "NotFound", message: "not found" });
    const metadata = { name, namespace: "fleet", resourceVersion: `${++this.version}` };
    return JSON.stringify({ apiVersion: "example.org/v1", kind: "Cluster", metadata, spec: { region } });
  }
}

describe("ClusterData", () => {
  it("reads what the Repository allows, and says why there is not more", async () => {
    const { data, paths } = new Harness();
    const { cluster, advice } = await data.read("ns/a", ACCESS, [request("edge1"), request("edge2")]);
    expect(cluster).toEqual([{ object: expect.objectContaining({ spec: { region: "eu" } }), source: "the cluster" }]);
    expect(advice).toBe("; the cluster does not have it either");
    paths.length = 0;
    const secret = request("edge1", { apiVersion: "v1", kind: "Secret" });
    for (const other of [secret, request("edge1", { apiVersion: "example.org/v2" }), request("../edge1")])
      expect((await data.read("ns/a", ACCESS, [other])).advice).toMatch(
        /^; spec\.clusterData of the Repository does not allow/,
      );
    expect(paths).toEqual([]);
  });

  it("reports what has changed, come or gone, and not what the API server keeps for itself", async () => {
    const harness = new Harness();
    await harness.data.read("ns/a", ACCESS, [request("edge1")]);
    await harness.data.read("ns/b", ACCESS, [request("edge2")]);
    await harness.data.poll();
    expect(harness.changed.splice(0)).toEqual([]);
    harness.regions = { edge1: "us" };
    await harness.data.poll();
    expect(harness.changed.splice(0)).toEqual(["ns/a"]);
    harness.regions = { edge2: "us" };
    await harness.data.poll();
    expect(harness.changed.splice(0)).toEqual(["ns/a", "ns/b"]);
    harness.data.forget("ns/a");
    harness.regions = {};
    await harness.data.poll();
    expect(harness.changed).toEqual(["ns/b"]);
  });

  it("reads an object once for all packages", async () => {
    const { data, paths } = new Harness();
    for (const key of ["ns/a", "ns/b", "ns/c"]) await data.read(key, ACCESS, [request("edge1")]);
    paths.length = 0;
    await data.poll();
    expect(paths.filter((path) => path.endsWith("/edge1")).length).toBe(1);
  });

  it("keeps to what there was while the cluster does not answer, and tells when it does again", async () => {
    const harness = new Harness();
    await harness.data.read("ns/a", ACCESS, [request("edge1")]);
    harness.failure = new ApiError({ code: 403, reason: "Forbidden", message: "may not", request: "GET /x" });
    await harness.data.poll();
    const { cluster, advice } = await harness.data.read("ns/b", ACCESS, [request("edge1")]);
    expect([cluster, advice]).toEqual([[], "; reading it from the cluster failed: may not"]);
    expect(harness.changed).toEqual([]);
    harness.failure = undefined;
    await harness.data.poll();
    expect(harness.changed).toEqual(["ns/b"]);
  });
});
