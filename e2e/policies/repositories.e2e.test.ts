import { describe, expect } from "vitest";
import { createKubectl } from "../harness/kubectl.ts";
import { repositoryOf } from "./objects.ts";
import { it as base, createPolicyTestEnv, expectResponse, type PolicyTestEnv, type User } from "./testenv.ts";

/** In this environment carol may `get` the Secret `readable`, and `use` the Secret `usable`. */
const it = base.extend("env", { scope: "file" }, async ({ controlPlane }) => {
  const env = await createPolicyTestEnv(controlPlane);
  const kubectl = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  for (const [verb, secret] of [
    ["get", "readable"],
    ["use", "usable"],
  ] as const) {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: secret, namespace: env.namespace },
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: [verb] }],
    };
    await kubectl.applyYaml(JSON.stringify(role));
    const grant = [`--role=${secret}`, "--user=carol", `--namespace=${env.namespace}`];
    await kubectl("create", "rolebinding", secret, ...grant);
  }
  return env;
});

const BOUND = { "pkg.pkgserver.dev/bound-credentials": "true" };

async function tryToCreate(
  env: PolicyTestEnv,
  user: User,
  name: string,
  git: object,
  spec: object = {},
  annotations: object = {},
) {
  const repository = repositoryOf(name, git, spec);
  const body = { ...repository, metadata: { name, annotations } };
  return env.requestAs(user, "create", `${env.repositories}?dryRun=All`, body);
}

describe("policies of Repositories: credentials", () => {
  const refusedFor = (secret: string) =>
    `user carol may not name the Secret ${secret} in spec.git.credentials: it needs get on that Secret`;

  it.for([
    ["carol", "of-others", {}, refusedFor("of-others")],
    ["carol", "of-others", BOUND, refusedFor("of-others")],
    ["carol", "readable", {}, undefined],
    ["carol", "readable", BOUND, undefined],
    ["carol", "usable", BOUND, undefined],
    // She could send it to a server of her own.
    ["carol", "usable", {}, refusedFor("usable")],
    ["carol", "usable", { "pkg.pkgserver.dev/bound-credentials": "false" }, refusedFor("usable")],
    ["carol", "usable", { "pkg.pkgserver.dev/bound-credentials": "" }, refusedFor("usable")],
    ["admin", "of-others", {}, undefined],
    ["alice", "readable", {}, 'User "alice" cannot create resource "repositories"'],
  ] as const)(
    "%s creates a Repository with the Secret %s and the annotations %j",
    async ([user, credentials, annotations, refused], { env }) => {
      expectResponse(await tryToCreate(env, user, "created", { credentials }, {}, annotations), refused);
    },
  );

  it("are checked when a Repository names another Secret, and not for other changes", async ({ env }) => {
    await env.requestAs("admin", "create", env.repositories, repositoryOf("changed", { credentials: "of-others" }));
    const change = (spec: object) => env.requestAs("carol", "merge", `${env.repositories}/changed`, { spec });
    expectResponse(await change({ sync: { interval: "5m" } }));
    expectResponse(await change({ git: { credentials: "readable" } }));
    expectResponse(await change({ git: { credentials: "of-others" } }), refusedFor("of-others"));
    expectResponse(await change({ git: { credentials: null } }));
    expectResponse(await change({ git: { credentials: "of-others" } }), refusedFor("of-others"));
    expectResponse(await change({ git: { credentials: "usable" } }), refusedFor("usable"));
  });

  describe("that a user may use and not read", () => {
    const annotate = (value: string | null) => ({
      metadata: { annotations: { "pkg.pkgserver.dev/bound-credentials": value } },
    });

    it("stay bound: the annotation cannot be removed, in no way and not together with another change", async ({
      env,
    }) => {
      const bound = {
        ...repositoryOf("bound", { credentials: "usable" }),
        metadata: { name: "bound", annotations: BOUND },
      };
      expectResponse(await env.requestAs("carol", "create", env.repositories, bound));
      const change = (body: object) => env.requestAs("carol", "merge", `${env.repositories}/bound`, body);
      for (const value of [null, "", "false", "TRUE", " true"]) {
        expectResponse(await change(annotate(value)), refusedFor("usable"));
      }
      expectResponse(await change({ metadata: { annotations: null } }), refusedFor("usable"));
      expectResponse(
        await change({ ...annotate(null), spec: { git: { credentials: "usable" } } }),
        refusedFor("usable"),
      );
      const json = [{ op: "remove", path: "/metadata/annotations" }];
      expectResponse(await env.requestAs("carol", "json", `${env.repositories}/bound`, json), refusedFor("usable"));
      const current = await env.requestAs("carol", "get", `${env.repositories}/bound`);
      const { annotations: _, ...metadata } = current.body.metadata;
      const replaced = { ...current.body, metadata };
      expectResponse(
        await env.requestAs("carol", "replace", `${env.repositories}/bound`, replaced),
        refusedFor("usable"),
      );
      // Through the status subresource nothing but status changes.
      await env.requestAs("admin", "merge", `${env.repositories}/bound/status`, annotate(null));
      const after = await env.requestAs("carol", "get", `${env.repositories}/bound`);
      expect(after.body.metadata.annotations).toEqual(BOUND);
    });

    it("cannot be taken out, unbound and named again", async ({ env }) => {
      const bound = {
        ...repositoryOf("again", { credentials: "usable" }),
        metadata: { name: "again", annotations: BOUND },
      };
      expectResponse(await env.requestAs("carol", "create", env.repositories, bound));
      const change = (body: object) => env.requestAs("carol", "merge", `${env.repositories}/again`, body);
      expectResponse(await change({ spec: { git: { credentials: null } } }));
      expectResponse(await change(annotate(null)));
      expectResponse(await change({ spec: { git: { credentials: "usable" } } }), refusedFor("usable"));
      expectResponse(await change({ ...annotate("true"), spec: { git: { credentials: "usable" } } }));
    });

    it("are unbound by who may read them alone", async ({ env }) => {
      const named = (name: string, credentials: string) => ({
        ...repositoryOf(name, { credentials }),
        metadata: { name, annotations: BOUND },
      });
      expectResponse(await env.requestAs("admin", "create", env.repositories, named("read", "readable")));
      expectResponse(await env.requestAs("admin", "create", env.repositories, named("others", "of-others")));
      const unbind = (user: User, name: string) =>
        env.requestAs(user, "merge", `${env.repositories}/${name}`, annotate(null));
      expectResponse(await unbind("carol", "others"), refusedFor("of-others"));
      expectResponse(await unbind("carol", "read"));
      expectResponse(await unbind("admin", "others"));
    });
  });
});

const CREDENTIALS = "git.url must hold neither password nor user";
const FORM = "git.url must be https://host/path, ssh://user@host/path or user@host:path";
const REF = "git.ref must be the short name of a branch";
const FOLDER = "git.directory must be a relative path such as packages/network";
const rows: readonly (readonly [git: object, refused?: string])[] = [
  [{ url: "https://git.example.com:8443/org/packages" }],
  [{ url: "https://[::1]/org/packages" }],
  [{ url: "http://127.0.0.1:3000/packages.git" }],
  [{ url: "ssh://git@git.example.com/org/packages.git" }],
  [{ url: "ssh://git.example.com:2222/org/packages.git" }],
  [{ url: "git@git.example.com:org/packages.git" }],
  [{ url: "git@git.example.com:/srv/git/p.git" }],
  [{ url: "file:///srv/git/packages.git" }],
  [{ url: "https://user:secret@git.example.com/p" }, CREDENTIALS],
  [{ url: "https://token@git.example.com/p" }, CREDENTIALS],
  [{ url: "ssh://git:secret@git.example.com/p" }, CREDENTIALS],
  [{ url: "https://git.example.com/p?token=secret" }, FORM],
  [{ url: "https://git.example.com/p#main" }, FORM],
  [{ url: "https://git.example.com/p\n--upload-pack=x" }, FORM],
  [{ url: "https://git.example.com/p\n" }, FORM],
  [{ url: "https://git.example.com/a b" }, FORM],
  [{ url: "https://git.example.com" }, FORM],
  [{ url: "--upload-pack=touch /tmp/x" }, FORM],
  [{ url: "ssh://-oProxyCommand=x/p" }, FORM],
  [{ url: "git@-oProxyCommand=x:p" }, FORM],
  [{ url: "git@git.example.com:-x" }, FORM],
  [{ url: "ext::sh -c x" }, FORM],
  [{ url: "git://git.example.com/p" }, FORM],
  [{ url: "/srv/git/packages.git" }, FORM],
  [{ url: "ftp://git.example.com/p" }, FORM],
  [{ url: "fd::17/p" }, FORM],
  [{ url: "https://git.example.com@evil.example/p" }, CREDENTIALS],
  [{ url: "https://git.example.com%40evil.example/p" }, FORM],
  [{ url: "https://git%2eexample.com/p" }, FORM],
  [{ url: "https://git.example.com\\@evil.example/p" }, FORM],
  [{ url: "https://[::1%25eth0]/p" }, FORM],
  [{ url: "https://git.example.com:123456/p" }, FORM],
  [{ url: `https://git.example.com/${"p".repeat(2048)}` }, "spec.git.url: Too long"],
  [{ ref: "release/1.2" }],
  ...[
    "-x",
    "+main",
    "refs/heads/main",
    "HEAD",
    "a..b",
    "a//b",
    "/a",
    "a/",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
  ].map((ref) => [{ ref }, REF] as const),
  ...["a\nb", "main\n", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a@{1}", "@"].map((ref) => [{ ref }, REF] as const),
  [{ directory: "" }],
  [{ directory: "packages/network" }],
  ...["/a", "a/", "a//b", "..", "a/../b", ".", "./a", ".git", "a/.git/b", "-a", "a b", "a\nb", "a\\b", "a:b"].map(
    (directory) => [{ directory }, FOLDER] as const,
  ),
  [{ credentials: "" }, "spec.git.credentials"],
  [{ credentials: "../x" }, "spec.git.credentials"],
];

describe("policies of Repositories: verification", () => {
  const verification = (name: string) => ({ verification: { secretRef: { name } } });
  const refused =
    "user carol may not name the Secret of-others in spec.verification.secretRef: it needs get or use on that Secret";

  it.for([
    ["carol", "of-others", refused],
    ["carol", "readable", undefined],
    ["carol", "usable", undefined],
    ["admin", "of-others", undefined],
  ] as const)("%s creates a Repository with the keys of the Secret %s", async ([user, name, message], { env }) => {
    expectResponse(await tryToCreate(env, user, "verified", {}, verification(name)), message);
  });

  it("are checked when a Repository names another Secret, and not for other changes", async ({ env }) => {
    const repository = repositoryOf("verified", {}, verification("of-others"));
    expectResponse(await env.requestAs("admin", "create", env.repositories, repository));
    const change = (spec: object) => env.requestAs("carol", "merge", `${env.repositories}/verified`, { spec });
    expectResponse(await change({ verification: { mode: "TagAndHEAD" } }));
    expectResponse(await change(verification("usable")));
    expectResponse(await change(verification("of-others")), refused);
    expectResponse(await change({ verification: { secretRef: null } }));
    expectResponse(await change(verification("of-others")), refused);
    expectResponse(await change({ verification: { mode: "HEAD" } }), "spec.verification.mode");
  });
});

describe("rules of Repositories: address, branch and folder", () => {
  it.for(rows.map(([git, refused]) => [JSON.stringify(git), git, refused] as const))(
    "%s",
    async ([, git, refused], { env }) => {
      expectResponse(await tryToCreate(env, "admin", "addressed", git), refused);
    },
  );

  it("require spec.git, except for type oci", async ({ env }) => {
    const { spec: _, ...rest } = repositoryOf("without-git");
    const create = (spec: object) =>
      env.requestAs("admin", "create", `${env.repositories}?dryRun=All`, { ...rest, spec });
    expectResponse(await create({}), "spec.git is required");
    expectResponse(await create({ type: "git" }), "spec.git is required");
    expectResponse(await create({ type: "oci" }));
  });
});

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
