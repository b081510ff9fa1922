import { describe, expect, it } from "vitest";
import type { DataRequest } from "../../../core/render/kform/given.ts";
import type { PublishedRef } from "../../../core/repository/classify-ref.ts";
import { aFolder } from "../../../core/testing/folders.ts";
import { createLog } from "../../../runtime/log.ts";
import { TargetData } from "./target-data.ts";

const request = (name: string | undefined, more: Partial<DataRequest> = {}): DataRequest => ({
  block: "data",
  apiVersion: "example.org/v1",
  kind: "Cluster",
  ...(name !== undefined && { name }),
  ...more,
});

/** A target whose files have the objects that their contents name. */
class Harness {
  readonly changed: string[] = [];
  published: Readonly<Record<string, string>> = {};
  /** When packages were published, by their paths in the repository. */
  times: Readonly<Record<string, number>> = {};
  readonly data = new TargetData({
    files: {
      findResources: async (_, { oid }) => oid.split(",").map((id) => ({ id, line: 1, column: 1 })),
    },
    log: createLog({ level: "error" }),
    onChanged: (key) => void this.changed.push(key),
  });

  async find(key: string, ...requests: readonly DataRequest[]): Promise<readonly string[]> {
    return (await this.findAll(key, requests)).files.map(({ source }) => source);
  }

  async findAll(key: string, requests: readonly DataRequest[]) {
    return await this.data.find(this.#packageOf(key), requests);
  }

  #packageOf(key: string) {
    const store = {
      latest: (path: string) => this.#latest(path),
      readTarget: async () => aFolder(this.published),
      readBlob: async (oid: string) => new Uint8Array(oid.startsWith("Large") ? 1024 * 1024 : 10),
    };
    const target = { repository: "ns/deployments", path: "edge1", store };
    return { key: `ns/${key}`, target, path: key, nested: [`${key}/below`] };
  }

  #latest(path: string): PublishedRef | undefined {
    const [time, oid] = [this.times[path], "0".repeat(40)];
    if (time === undefined) return undefined;
    const location = { realm: "", package: path };
    return {
      kind: "published",
      ref: `refs/tags/${path}/v1`,
      path,
      location,
      revision: "v1",
      commit: oid,
      tree: oid,
      time,
    };
  }

  async findDefinitions(key: string, ...groups: readonly string[]): Promise<readonly string[]> {
    return (await this.findAllDefinitions(key, ...groups)).files.map(({ source }) => source);
  }

  async findAllDefinitions(key: string, ...groups: readonly string[]) {
    return await this.data.findDefinitions(this.#packageOf(key), groups);
  }

  /** Returns the package revisions that this changes something for. */
  async publish(published: Readonly<Record<string, string>>): Promise<readonly string[]> {
    this.published = published;
    this.data.repositoryChanged("ns/deployments");
    // Everything is in memory: all promises are settled by then.
    await new Promise((resolve) => setImmediate(resolve));
    return this.changed.splice(0).sort();
  }
}

const EDGE1 = "Cluster.example.org fleet/edge1";

const crd = (name: string) => `CustomResourceDefinition.apiextensions.k8s.io ${name}`;

describe("TargetData", () => {
  it("finds the files that define kinds of an API group, and reports their changes", async () => {
    const target = new Harness();
    target.published = {
      "a/crds.yaml": `${crd("widgets.example.org")},ConfigMap c`,
      "a/other.yaml": crd("widgets.other.org"),
      "a/more.yaml": crd("widgets.sub.example.org"),
      "app/own.yaml": crd("gadgets.example.org"),
    };
    expect(await target.findDefinitions("app", "example.org")).toEqual(["edge1/a/crds.yaml"]);
    expect(await target.find("data", request("edge1"))).toEqual([]);
    const { "a/other.yaml": _, ...rest } = target.published;
    expect(await target.publish(rest)).toEqual([]);
    expect(await target.publish({ ...rest, "b/new.yaml": crd("things.example.org") })).toEqual(["ns/app"]);
    target.data.forget("ns/app");
    expect(await target.publish(rest)).toEqual([]);
  });

  it("has the definitions first that were published last, in the innermost package", async () => {
    const target = new Harness();
    target.published = {
      "a/crds.yaml": crd("widgets.example.org"),
      "b/below/crds.yaml": crd("widgets.example.org"),
      "b/deep/in/crds.yaml": crd("widgets.example.org"),
      "c/crds.yaml": crd("widgets.example.org"),
    };
    target.times = { "edge1/a": 20, "edge1/b": 10, "edge1/b/below": 30 };
    const { files } = await target.findAllDefinitions("app", "example.org");
    expect(files.map(({ path, publishedAt }) => [path, publishedAt])).toEqual([
      ["b/below/crds.yaml", 30],
      ["a/crds.yaml", 20],
      ["b/deep/in/crds.yaml", 10],
      ["c/crds.yaml", undefined],
    ]);
  });

  it("reports a publication that makes another definition count, though no file has changed", async () => {
    const target = new Harness();
    const published = {
      "a/crds.yaml": crd("widgets.example.org"),
      "b/crds.yaml": crd("widgets.example.org"),
      "c/crds.yaml": crd("gadgets.example.org"),
    };
    target.published = published;
    target.times = { "edge1/a": 20, "edge1/b": 10, "edge1/c": 5 };
    await target.findDefinitions("app", "example.org");
    await target.findDefinitions("other", "other.org");
    target.times = { ...target.times, "edge1/c": 40 };
    expect(await target.publish(published)).toEqual([]);
    target.times = { ...target.times, "edge1/b": 30 };
    expect(await target.publish(published)).toEqual(["ns/app"]);
    await target.findDefinitions("app", "example.org");
    expect(await target.publish(published)).toEqual([]);
    target.times = { ...target.times, "edge1/a": 60 };
    target.data.forget("ns/app");
    expect(await target.publish(published)).toEqual([]);
  });

  it("reads the definitions that were published last where there are too many", async () => {
    const target = new Harness();
    const paths = Array.from({ length: 501 }, (_, at) => `p${at}`);
    target.published = Object.fromEntries(paths.map((path) => [`${path}/crd.yaml`, crd(`${path}.example.org`)]));
    target.times = Object.fromEntries(paths.map((path, at) => [`edge1/${path}`, at + 1]));
    const { files, isTooMuch } = await target.findAllDefinitions("app", "example.org");
    expect([files.length, files[0]?.path, isTooMuch]).toEqual([500, "p500/crd.yaml", true]);
    expect(files.some(({ path }) => path === "p0/crd.yaml")).toBe(false);
  });

  it("finds files by objects and by types, also those that kustomize governs", async () => {
    const target = new Harness();
    target.published = {
      "db/kustomization.yaml": "K x",
      "db/a.yaml": EDGE1,
      "web/b.yaml": "Cluster.example.org edge2",
    };
    expect(await target.find("app", request("edge1", { namespace: "fleet" }))).toEqual(["edge1/db/a.yaml"]);
    expect(await target.find("app", request(undefined))).toEqual(["edge1/db/a.yaml", "edge1/web/b.yaml"]);
    expect(await target.find("app", request("edge1"), request("a b"), request("edge1", { kind: "Other" }))).toEqual([]);
  });

  it("leaves out what the package itself has published, and not the packages below it", async () => {
    const target = new Harness();
    target.published = { "app/a.yaml": EDGE1, "app/below/b.yaml": EDGE1 };
    expect(await target.find("app", request(undefined))).toEqual(["edge1/app/below/b.yaml"]);
  });

  it("reports changes of what was asked for, with the same objects too, and no others", async () => {
    const target = new Harness();
    await target.find("one", request("edge1", { namespace: "fleet" }));
    await target.find("all", request(undefined));
    expect(await target.publish({ "db/a.yaml": EDGE1 })).toEqual(["ns/all", "ns/one"]);
    expect(await target.publish({ "db/a.yaml": EDGE1, "db/b.yaml": "Cluster.example.org edge2" })).toEqual(["ns/all"]);
    expect(
      await target.publish({ "db/a.yaml": `${EDGE1},ConfigMap c`, "db/b.yaml": "Cluster.example.org edge2" }),
    ).toEqual(["ns/all", "ns/one"]);
    await target.find("one", request("edge2"));
    target.data.forget("ns/all");
    expect(await target.publish({ "db/b.yaml": "Cluster.example.org edge2" })).toEqual([]);
    expect(await target.publish({})).toEqual(["ns/one"]);
  });

  it("says when there is more than is read", async () => {
    const target = new Harness();
    target.published = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`db/${at}.yaml`, `Large ${at}`]));
    const requests = Array.from({ length: 5 }, (_, at) => request(`${at}`, { apiVersion: "v1", kind: "Large" }));
    expect((await target.findAll("app", requests)).isTooMuch).toBe(true);
    expect((await target.findAll("app", requests.slice(1))).isTooMuch).toBe(false);
  });
});
