import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type HostileApi, hostileApiTest as it } from "./testing/hostile-api.ts";

/** Commands to a terminal: clear the screen, set the title, C1, and reverse the direction of text. */
const EVIL = "x\u001b[2J\u001b]0;t\u0007\u009b1m\u202ey";
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/;
const TIME = "2026-01-01T00:00:00Z";

const condition = { type: EVIL, status: "False", reason: EVIL, message: EVIL, lastTransitionTime: TIME };
function revision(more: object = {}, id: object = {}) {
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: {
      name: "a.b.c.d",
      namespace: "team",
      uid: "u",
      resourceVersion: "1",
      generation: 1,
      annotations: { "pkg.pkgserver.dev/changed-by": EVIL },
    },
    spec: {
      packageRevID: { target: EVIL, repository: EVIL, realm: EVIL, package: "p", workspace: EVIL, ...id },
      readinessGates: [{ conditionType: EVIL }],
      inputs: [{ kind: EVIL, metadata: { name: EVIL } }],
      upstream: { repository: EVIL, package: EVIL, revision: EVIL },
    },
    status: {
      observedGeneration: 1,
      lifecycle: "proposed",
      conditions: [condition, { ...condition, type: "Ready" }, { ...condition, type: "Stalled", status: "True" }],
      commit: EVIL,
      waitingFor: [EVIL],
      takenBack: EVIL,
      publishedBy: EVIL,
      provenance: EVIL,
      proposal: { digest: EVIL, commit: EVIL, by: EVIL, at: TIME },
      ...more,
    },
  };
}

const page = (resources: object, status: object = {}) => ({
  metadata: {
    name: "a.b.c.d",
    namespace: "team",
    uid: "p",
    resourceVersion: "1",
    annotations: { "pkg.pkgserver.dev/edited-by": EVIL },
  },
  spec: { resources },
  status: {
    pages: 1,
    frozen: true,
    filesNotShown: [{ path: `${EVIL}\n+ forged`, reason: EVIL, object: EVIL, target: EVIL }],
    filesNotShownCount: 1,
    executableFiles: [EVIL],
    ...status,
  },
});

/** A cluster with one package revision and its files. */
function serve(api: HostileApi, one: object, contents: object) {
  const table = {
    columnDefinitions: [{ name: EVIL, priority: 0 }],
    rows: [{ cells: [EVIL], object: one }],
    metadata: {},
  };
  const repository = {
    metadata: { name: "r", namespace: "team" },
    spec: { git: { url: EVIL, ref: EVIL } },
    status: {
      conditions: [condition],
      skippedReasons: [{ reason: EVIL, count: 1 }],
      skipped: [{ ref: EVIL, reason: EVIL, message: EVIL }],
    },
  };
  const event = { metadata: { name: "e" }, type: EVIL, reason: EVIL, note: EVIL, eventTime: TIME };
  const kinds = ["repositories", "packagerevisions", "packagerevisionresourceses"].map((name) => ({ name }));
  api.answer = (path) => {
    if (path === "/version") return { body: { gitVersion: EVIL } };
    if (path.endsWith("/v1alpha1")) return { body: { resources: kinds } };
    if (path.endsWith("/packagerevisions"))
      return { body: { ...table, items: [one], metadata: { resourceVersion: "1" } } };
    if (path.includes("/packagerevisions/")) return { body: one };
    if (path.includes("/packagerevisionresourceses/")) return { body: contents };
    if (path.endsWith("/packagerevisionresourceses")) return { body: { items: [contents], metadata: {} } };
    if (path.endsWith("/repositories")) return { body: { ...table, items: [repository], metadata: {} } };
    if (path.includes("/repositories/")) return { body: repository };
    return path.endsWith("/events") ? { body: { items: [event], metadata: {} } } : undefined;
  };
}

describe("what a server sends", () => {
  it.for([
    [["get"]],
    [["get", "-o", "name"]],
    [["get", "-o", "json"]],
    [["get", "-o", "yaml"]],
    [["show", "p"]],
    [["show", "p", "-o", "json"]],
    [["ls", "p"]],
    [["cat", "p", "a.yaml"]],
    [["diff", "p"]],
    [["diff", "p", "--stat"]],
    [["diff", "p", "-o", "yaml"]],
    [["diff", "p", "--main"]],
    [["tree", "p"]],
    [["deps", "p"]],
    [["deps", "p", "--missing"]],
    [["deps", "p", "--reverse"]],
    [["deps", "p", "-o", "json"]],
    [["deps", "p", "-o", "dot"]],
    [["deps", "p", "-o", "mermaid"]],
    [["history", "p"]],
    [["events", "p"]],
    [["approve", "p"]],
    [["propose", "p"]],
    [["withdraw", "p", "--timeout", "100ms"]],
    [["wait", "p", "--timeout", "100ms"]],
    [["set", "p", "--label", "a=b"]],
    [["doctor"]],
    [["repo", "list"]],
    [["repo", "show", "r"]],
    [["repo", "sync", "r", "--timeout", "100ms"]],
    [["show", EVIL]],
    [["repo", "show", `r${EVIL}`]],
  ] as const)("cannot control the terminal: %j", async ([args], { api }) => {
    const upstream = { repository: EVIL, realm: EVIL, package: EVIL, revision: EVIL };
    const dependency = {
      apiVersion: "claim.pkg.pkgserver.dev/v1alpha1",
      kind: "PackageDependency",
      spec: { upstream },
    };
    const files = {
      "a.yaml": `apiVersion: v1\nkind: "${"\\e"}[2J"\n# ${EVIL}\n`,
      [`${EVIL}\n.yaml`]: JSON.stringify(dependency),
    };
    serve(api, revision(), page(files));
    const { output, errors } = await api.run(...args);
    expect(output).not.toMatch(CONTROLS);
    expect(errors).not.toMatch(CONTROLS);
    expect(output + errors).not.toContain("is not understood");
    expect((output + errors).length).toBeGreaterThan(0);
  });

  it("is shown in JSON with the same value", async ({ api }) => {
    serve(api, revision(), page({}));
    const shown = JSON.parse((await api.run("show", "p", "-o", "json")).output);
    expect(shown.status.takenBack).toBe(EVIL);
  });

  it.for(["", "null", "[]", "{}", "<html>", '{"items":null}', '{"items":[null]}', '{"items":[{}]}', '{"rows":[{}]}'])(
    "that is no answer is an error, and no stack trace: %j",
    async (body, { api }) => {
      api.answer = () => ({ body });
      for (const args of [["get"], ["show", "p"], ["ls", "a.b.c.d"], ["repo", "list"], ["doctor"], ["pull", "p"]]) {
        const { code, errors } = await api.run(...args);
        expect(errors).not.toMatch(/^ +at /m);
        expect(code, args.join(" ")).toBeLessThanOrEqual(3);
      }
    },
  );

  it.for([0, -1, 1e9, 1.5])("cannot have %d pages", async (pages, { api }) => {
    serve(api, revision(), page({}, { pages }));
    expect(await api.run("ls", "p")).toMatchObject({ code: 1, output: "" });
    expect(api.requests.length).toBeLessThan(10);
  });

  it("may have many rows", async ({ api }) => {
    const rows = Array.from({ length: 200_000 }, (_, index) => ({
      cells: [`n${index}`],
      object: { metadata: { uid: String(index) } },
    }));
    api.answer = () => ({ body: { columnDefinitions: [{ name: "Name", priority: 0 }], rows, metadata: {} } });
    const { code, output } = await api.run("get");
    expect([code, output.split("\n").length]).toEqual([0, 200_002]);
  });

  it("as a watch that ends at once is opened again after a pause", async ({ api }) => {
    api.answer = (_, query) => {
      if (!query.has("watch")) return { body: { columnDefinitions: [], rows: [], metadata: { resourceVersion: "1" } } };
      return api.requests.length > 3
        ? { code: 410, body: { kind: "Status", code: 410, message: "end" } }
        : { body: "" };
    };
    const started = performance.now();
    expect((await api.run("get", "-w")).code).toBe(1);
    expect(performance.now() - started).toBeGreaterThan(1_900);
    expect(api.requests).toHaveLength(4);
  });
});

describe("a command that is suggested", () => {
  it.for([["show"], ["set", "--label=a=b"], ["approve", "--stat"], ["doctor"], ["pull", "dir"]] as const)(
    "quotes a name that a shell would run: %j",
    async ([command, ...more], { api }) => {
      const name = "x;touch p;'$(id)'";
      const id = { target: "edge1", realm: "web", package: name, workspace: "one" };
      serve(api, revision({ lifecycle: command === "set" ? "proposed" : "draft" }, id), page({ "a.yaml": "a: 1\n" }));
      const { output, errors } = await api.run(command, ...(command === "doctor" ? [] : ["a.b.c.d"]), ...more);
      const commands = `${output}\n${errors}`.match(/kubectl pkg .*$/gm) ?? [];
      expect(commands.length).toBeGreaterThan(0);
      for (const one of commands) expect(one).not.toMatch(/^[^']*[;$]/);
    },
  );
});

describe("a pull", () => {
  it.for(["../p", "/tmp/p", "..", ".", "", ".git", "a\nb"])(
    "into no folder of the package's choice: %j",
    async (name, { api }) => {
      serve(api, revision({ lifecycle: "draft" }, { package: name }), page({ "a.yaml": "a: 1\n" }));
      const before = await readdir(api.dir);
      const { code, errors } = await api.run("pull", "a.b.c.d");
      expect([code, errors]).toEqual([
        4,
        `error: the package ${JSON.stringify(name)} cannot be the name of a folder\nname one: DIR\n`,
      ]);
      expect(await readdir(api.dir)).toEqual(before);
    },
  );

  it.for(["../a", "/tmp/a", ".git/config", "a/../../b", "a\nb"])("writes no file %j", async (path, { api }) => {
    serve(api, revision({ lifecycle: "draft" }), page({ [path]: "evil\n" }));
    expect((await api.run("pull", "p", "dir")).code).toBe(1);
    expect(await readdir(api.dir)).toEqual(["kubeconfig"]);
  });

  it("keeps the folder's own files, which a package may have, too", async ({ api }) => {
    const files = { "a.yaml": "a: 1\n", ".kubectl-pkg.json": "{}", ".Kubectl-PKG.json.new": "{}" };
    serve(api, revision({ lifecycle: "draft" }), page(files));
    expect((await api.run("pull", "p", "dir")).code).toBe(0);
    expect((await readdir(join(api.dir, "dir"))).sort()).toEqual([".kubectl-pkg.json", "a.yaml"]);
    expect(JSON.parse(await readFile(join(api.dir, "dir", ".kubectl-pkg.json"), "utf8"))).toMatchObject({
      name: "a.b.c.d",
    });
    expect((await api.run("push", "dir")).errors).toContain("nothing to push");
    expect((await api.run("pull", "dir")).code).toBe(0);
    expect((await readdir(join(api.dir, "dir"))).sort()).toEqual([".kubectl-pkg.json", "a.yaml"]);
    expect(api.requests.filter((request) => request.startsWith("PATCH"))).toEqual([]);
  });

  it("writes its state into no file that a link leads to", async ({ api }) => {
    serve(api, revision({ lifecycle: "draft" }), page({ "a.yaml": "a: 1\n" }));
    await api.run("pull", "p", "dir");
    await writeFile(join(api.dir, "victim"), "mine");
    await symlink("../victim", join(api.dir, "dir", ".kubectl-pkg.json.new"));
    expect((await api.run("pull", "dir")).code).toBe(0);
    expect(await readFile(join(api.dir, "victim"), "utf8")).toBe("mine");
  });
});

describe("a state file that is forged", () => {
  const state = {
    version: 1,
    server: "http://other",
    namespace: "team",
    name: "a.b.c.d",
    uid: "u",
    files: {},
    conflicts: {},
  };
  it.for([
    [{ name: "../../secrets/x" }, 1, "not a name"],
    [{ namespace: ".." }, 1, "not a namespace"],
    [{ uid: "another" }, 5, "it was pulled from http://other, and this is http://127.0.0.1:"],
    [{ files: { "../a": "0" } }, 1, "is damaged"],
    [{ conflicts: { "/etc/passwd": "0" } }, 1, "is damaged"],
    [{ version: 2 }, 1, "is damaged"],
    [{ files: [] }, 1, "is damaged"],
  ] as const)("with %j changes nothing", async ([more, code, message], { api }) => {
    serve(api, revision({ lifecycle: "draft" }), page({ "a.yaml": "a: 1\n" }));
    await api.run("pull", "p", "dir");
    await writeFile(join(api.dir, "dir", ".kubectl-pkg.json"), JSON.stringify({ ...state, ...more }));
    for (const args of [
      ["push", "dir"],
      ["pull", "dir"],
      ["diff", "./dir"],
    ]) {
      const result = await api.run(...args);
      expect(result.errors).toContain(message);
      expect(result.code).toBe(code);
    }
    expect(api.requests.filter((request) => !request.startsWith("GET"))).toEqual([]);
    expect((await readdir(join(api.dir, "dir"))).sort()).toEqual([".kubectl-pkg.json", "a.yaml"]);
  });
});
