import { beforeAll, describe, expect, inject, it } from "vitest";
import { createKubectl } from "../harness/kubectl.ts";
import { createPolicyTestEnv, expectAnswer, type PolicyTestEnv } from "./testenv.ts";

const controlPlane = inject("controlPlane");
const namespace = "policies-repository";
let env: PolicyTestEnv;

beforeAll(async () => {
  env = await createPolicyTestEnv(controlPlane, namespace);
});

function repository(name: string, git: object, spec: object = {}) {
  return {
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name },
    spec: { git: { url: "https://git.example.com/org/packages.git", ...git }, ...spec },
  };
}

describe("repository policies: credentials", () => {
  const REFUSED =
    "user carol may not name the Secret of-others in spec.git.credentials: it needs get, or use, on that Secret";

  beforeAll(async () => {
    const kubectl = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
    const inNamespace = `--namespace=${namespace}`;
    for (const [verb, secret] of [
      ["get", "readable"],
      ["use", "usable"],
    ] as const) {
      const rule = { apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: [verb] };
      const role = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: secret, namespace },
        rules: [rule],
      };
      await kubectl.applyYaml(JSON.stringify(role));
      await kubectl("create", "rolebinding", secret, `--role=${secret}`, "--user=carol", inNamespace);
    }
  });

  it.each([
    ["carol", "of-others", REFUSED],
    ["carol", "readable", undefined],
    ["carol", "usable", undefined],
    ["admin", "of-others", undefined],
    ["alice", "readable", 'User "alice" cannot create resource "repositories"'],
  ] as const)("%s creates with the Secret %s", async (user, credentials, refused) => {
    expectAnswer(
      await env.requestAs(user, "create", `${env.repositories}?dryRun=All`, repository("created", { credentials })),
      refused,
    );
  });

  it("checks when another Secret is named, and leaves other changes alone", async () => {
    await env.requestAs("admin", "create", env.repositories, repository("changed", { credentials: "of-others" }));
    const change = (spec: object) => env.requestAs("carol", "merge", `${env.repositories}/changed`, { spec });
    expectAnswer(await change({ sync: { interval: "5m" } }));
    expectAnswer(await change({ git: { credentials: "readable" } }));
    expectAnswer(await change({ git: { credentials: "of-others" } }), REFUSED);
    expectAnswer(await change({ git: { credentials: null } }));
    expectAnswer(await change({ git: { credentials: "of-others" } }), REFUSED);
  });
});

describe("repository policies: addresses", () => {
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
  it.each(rows.map((row) => ({ git: JSON.stringify(row[0]), row })))("$git", async ({ row: [git, refused] }) => {
    expectAnswer(
      await env.requestAs("admin", "create", `${env.repositories}?dryRun=All`, repository("addressed", git)),
      refused,
    );
  });
});

describe("repository policies: what cannot change", () => {
  it.each([
    ["git.url", { git: { url: "https://git.example.com/other" } }],
    ["git.ref", { git: { ref: "other" } }],
    ["git.directory", { git: { directory: "other" } }],
    ["deployment", { deployment: true }],
    ["type", { type: "oci" }],
  ])("%s", async (field, spec) => {
    const name = `kept-${field.replace(".", "-")}`;
    await env.requestAs("admin", "create", env.repositories, repository(name, {}));
    for (const user of ["carol", "admin", "operator"] as const) {
      expectAnswer(
        await env.requestAs(user, "merge", `${env.repositories}/${name}`, { spec }),
        `${field} is immutable: make another Repository`,
      );
    }
  });

  it.each(["with.dots", "123"])("is not named %s", async (name) => {
    expectAnswer(
      await env.requestAs("admin", "create", env.repositories, repository(name, {})),
      "metadata.name must be a DNS label",
    );
  });

  it.each(["1x", "0s", "25h", "-1m"])("is not synced every %j", async (interval) => {
    const body = repository("often", {}, { sync: { interval } });
    expectAnswer(
      await env.requestAs("admin", "create", `${env.repositories}?dryRun=All`, body),
      "sync.interval must be a duration between 1s and 24h",
    );
  });

  it("is filled in with the defaults", async () => {
    const answer = await env.requestAs("admin", "create", `${env.repositories}?dryRun=All`, repository("plain", {}));
    expect(answer.body).toMatchObject({
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
