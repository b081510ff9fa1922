import { describe, expect } from "vitest";
import { createKubectl } from "../harness/kubectl.ts";
import { tryToCreate } from "./create-repository.ts";
import { repositoryOf } from "./objects.ts";
import { it as base, createPolicyTestEnv, expectResponse, type User } from "./testenv.ts";

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
