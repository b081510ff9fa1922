import { describe } from "vitest";
import { tryToCreate } from "./create-repository.ts";
import { repositoryOf } from "./objects.ts";
import { expectResponse, it } from "./testenv.ts";

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
