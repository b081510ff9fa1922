import { describe, expect } from "vitest";
import { tryToCreate } from "./create-repository.ts";
import { repositoryOf } from "./objects.ts";
import { expectResponse, it } from "./testenv.ts";

describe("rules of Repositories: prefixes of package metadata", () => {
  const FORBIDDEN = "packageMetadata.prefixes: keys of kubernetes.io, k8s.io, pkgserver.dev and their subdomains";

  it.for([
    ["example.com", undefined],
    ["notkubernetes.io", undefined],
    ["applyset.kubernetes.io", FORBIDDEN],
    ["kubernetes.io", FORBIDDEN],
    ["kubectl.kubernetes.io", FORBIDDEN],
    ["cli-utils.sigs.k8s.io", FORBIDDEN],
    ["pkg.pkgserver.dev", FORBIDDEN],
    ["Example.com", "spec.packageMetadata.prefixes[0]"],
    ["example.com/", "spec.packageMetadata.prefixes[0]"],
    ["", "spec.packageMetadata.prefixes[0]"],
  ] as const)("%s", async ([prefix, refused], { env }) => {
    const spec = { packageMetadata: { prefixes: [prefix] } };
    expectResponse(await tryToCreate(env, "admin", "prefixed", {}, spec), refused);
  });
});

describe("policies of Repositories: deletion", () => {
  it("refuse changes of the spec and requests once it is being deleted, and let finalizers be removed", async ({
    env,
  }) => {
    const repository = repositoryOf("going");
    const held = { ...repository, metadata: { ...repository.metadata, finalizers: ["example.com/hold"] } };
    expectResponse(await env.requestAs("admin", "create", env.repositories, held));
    const path = `${env.repositories}/going`;
    expectResponse(await env.requestAs("admin", "delete", path));
    const change = (body: object) => env.requestAs("admin", "merge", path, body);
    const refused = "is being deleted, and a deletion cannot be taken back";
    expectResponse(await change({ spec: { sync: { suspend: true } } }), `spec: going ${refused}`);
    const annotations = { "pkg.pkgserver.dev/sync-requested-at": "now" };
    expectResponse(await change({ metadata: { annotations } }), `sync-requested-at: going ${refused}`);
    expectResponse(await change({ metadata: { labels: { a: "b" } } }));
    expectResponse(await change({ metadata: { finalizers: null } }));
  });
});

describe("rules of Repositories: immutable fields", () => {
  it.for([
    { field: "git.url", spec: { git: { url: "https://git.example.com/other" } } },
    { field: "git.ref", spec: { git: { ref: "other" } } },
    { field: "git.directory", spec: { git: { directory: "other" } } },
    { field: "git.directory", spec: { git: { directory: null } } },
    { field: "deployment", spec: { deployment: true } },
    { field: "type", spec: { type: "oci" } },
  ])("$field cannot be changed by $spec", async ({ field, spec }, { env, task }) => {
    const name = `immutable-${task.id.replaceAll("_", "-")}`;
    const repository = repositoryOf(name, { directory: "packages" });
    expectResponse(await env.requestAs("admin", "create", env.repositories, repository));
    for (const user of ["carol", "admin", "operator"] as const) {
      expectResponse(
        await env.requestAs(user, "merge", `${env.repositories}/${name}`, { spec }),
        `${field} is immutable: create another Repository`,
      );
    }
  });
});

describe("rules of Repositories: name, interval and defaults", () => {
  it.for(["with.dots", "123", "n".repeat(64)])("refuse the name %s", async (name, { env }) => {
    expectResponse(await tryToCreate(env, "admin", name, {}), "metadata.name must be a DNS label");
  });

  it("accept a name of 63 characters", async ({ env }) => {
    expectResponse(await tryToCreate(env, "admin", "n".repeat(63), {}));
  });

  it.for(["1x", "0s", "999ms", "25h", "-1m"])("refuse the interval %s", async (interval, { env }) => {
    expectResponse(
      await tryToCreate(env, "admin", "often", {}, { sync: { interval } }),
      "sync.interval must be a duration between 1s and 24h",
    );
  });

  it.for(["1s", "24h"])("accept the interval %s", async (interval, { env }) => {
    expectResponse(await tryToCreate(env, "admin", "often", {}, { sync: { interval } }));
  });

  it("fill in the defaults", async ({ env }) => {
    const response = await tryToCreate(env, "admin", "plain", {});
    expect(response.body).toMatchObject({
      spec: {
        type: "git",
        deployment: false,
        publish: "main",
        git: { ref: "main", directory: "" },
        sync: { interval: "1m", suspend: false },
      },
      status: { observedGeneration: -1 },
    });
  });
});
