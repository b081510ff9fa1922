import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  findControllerManager,
  resolveBinaries,
  resolveControllerManager,
  resolveFlux,
  resolveHelm,
  resolveKrew,
} from "./binaries.ts";
import type { buildTool } from "./build.ts";
import { platformName } from "./envtest.ts";
import { findFreePorts } from "./ports.ts";
import { RELEASES, TOOLS } from "./tools.ts";

const controlPlaneTools = ["kube-apiserver", "etcd", "kubectl"];

describe("binaries", () => {
  let dir: string;
  let web: Server;
  let files: Map<string, Buffer | string>;
  let requested: string[];
  let log: string[];
  let built: string[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "binaries-"));
    [files, requested, log, built] = [new Map(), [], [], []];
    web = createServer((request, response) => {
      requested.push(request.url ?? "");
      const body = files.get(request.url ?? "");
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
  });
  afterEach(async () => {
    web.closeAllConnections();
    await once(web.close(), "close");
    await rm(dir, { recursive: true });
  });

  const origin = (): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  /** A real build compiles for minutes; this one writes a file with the requested version. */
  const build: typeof buildTool = async (tool, target) => {
    built.push(tool.name);
    await writeFile(target, `built ${tool.version}`);
    if (tool.crdFolder === undefined) return;
    await mkdir(join(target, "..", "crds"));
    await writeFile(join(target, "..", "crds", "crd.yaml"), tool.name);
  };
  const options = (env: Record<string, string> = {}) => ({
    env: { XDG_CACHE_HOME: dir, PKGSERVER_ENVTEST_INDEX: `${origin()}/index.yaml`, ...env },
    log: (line: string) => void log.push(line),
    build,
  });

  /** Publishes an archive as setup-envtest expects it; its digest in the index is `hash` where given. */
  const publish = async (release: string, contents = controlPlaneTools, hash?: string): Promise<void> => {
    const root = join(dir, release);
    const inside = join(root, "controller-tools", "envtest");
    await mkdir(inside, { recursive: true });
    for (const name of contents) await writeFile(join(inside, name), `downloaded ${release}`);
    const archive = execFileSync("tar", ["-czf", "-", "-C", root, "controller-tools"]);
    const name = `envtest-${release}-${platformName()}.tar.gz`;
    files.set(`/${name}`, archive);
    const digest = hash ?? createHash("sha512").update(archive).digest("hex");
    const entry = `  ${release}:\n    ${name}:\n      hash: ${digest}\n      selfLink: ${origin()}/${name}\n`;
    files.set("/index.yaml", `${files.get("/index.yaml") ?? "releases:\n"}${entry}`);
  };

  it("downloads the archive once, and records its origin", async () => {
    await publish("v1.36.3");
    const first = await resolveBinaries(options());
    expect(await readFile(first.kubeApiServer, "utf8")).toBe("downloaded v1.36.3");
    expect(first.etcd).toBe(join(dir, "pkgserver", `etcd-${TOOLS.etcd.version}`, "etcd"));
    expect(await readFile(join(first.etcd, "..", "ORIGIN"), "utf8")).toMatch(/envtest-v1\.36\.3-.* sha512:/);
    requested.length = 0;
    expect(await resolveBinaries(options())).toEqual(first);
    expect({ requested, built }).toEqual({ requested: [], built: [] });
  });

  it("takes the newest patch of the minor version if the exact version was not published", async () => {
    for (const release of ["v1.36.0", "v1.36.2", "v1.36.10-rc.1", "v1.35.9", "v1.37.0"]) await publish(release);
    const { kubectl } = await resolveBinaries(options());
    expect(await readFile(kubectl, "utf8")).toBe("downloaded v1.36.2");
  });

  it("takes the API server of the oldest release, with the other programs of the newest", async () => {
    for (const release of ["v1.32.13", "v1.36.3"]) await publish(release);
    const { kubeApiServer, kubectl } = await resolveBinaries(options({ KUBERNETES: "1.32" }));
    expect(await readFile(kubeApiServer, "utf8")).toBe("downloaded v1.32.13");
    expect(await readFile(kubectl, "utf8")).toBe("downloaded v1.36.3");
    const off = { KUBERNETES: "v1.32.13", PKGSERVER_ENVTEST_INDEX: "", XDG_CACHE_HOME: join(dir, "off") };
    expect(await readFile((await resolveBinaries(options(off))).kubeApiServer, "utf8")).toBe("built v1.32.13");
  });

  it("names the releases that it knows", async () => {
    await expect(resolveBinaries(options({ KUBERNETES: "1.31" }))).rejects.toThrow(
      "KUBERNETES=1.31: Kubernetes 1.36 and 1.32 are known here",
    );
  });

  it("builds kube-controller-manager once, and says why there is none", async () => {
    expect(findControllerManager(options())).toMatchObject({ missing: "kube-controller-manager is not built" });
    const found = await resolveControllerManager(options());
    expect(found).toEqual({
      file: join(dir, "pkgserver", "kube-controller-manager-v1.36.3", "kube-controller-manager"),
    });
    expect([findControllerManager(options()), await resolveControllerManager(options())]).toEqual([found, found]);
    expect(built).toEqual(["kube-controller-manager"]);
    expect(await resolveControllerManager(options({ KUBERNETES: "1.32" }))).toEqual({
      missing: "no kube-controller-manager of Kubernetes 1.32 is pinned",
    });
    const failing = {
      ...options({ XDG_CACHE_HOME: join(dir, "other") }),
      build: () => Promise.reject(new Error("a\nb")),
    };
    expect(await resolveControllerManager(failing)).toEqual({ missing: "it cannot be built: a" });
  });

  it("takes kube-controller-manager from KUBEBUILDER_ASSETS alone where that is set", async () => {
    const env = { KUBEBUILDER_ASSETS: dir };
    expect(await resolveControllerManager(options(env))).toEqual({
      missing: "KUBEBUILDER_ASSETS has no kube-controller-manager",
    });
    const file = join(dir, "kube-controller-manager");
    await writeFile(file, "");
    expect(await resolveControllerManager(options(env))).toEqual({ file });
    expect(built).toEqual([]);
  });

  it("refuses an archive with another digest, logs that in one line, and builds", async () => {
    await publish("v1.36.3", controlPlaneTools, "0".repeat(128));
    const { etcd } = await resolveBinaries(options());
    expect(await readFile(etcd, "utf8")).toBe("built v3.6.8");
    expect(built).toEqual(controlPlaneTools);
    expect(log.filter((line) => line.includes("the index says 000"))).toHaveLength(1);
  });

  it("builds programs that the archive does not have", async () => {
    await publish("v1.36.3", ["kube-apiserver", "kubectl"]);
    await resolveBinaries(options());
    expect(built).toEqual(["etcd"]);
  });

  it("builds if the index is unreachable, missing, or switched off", async () => {
    const [closed] = await findFreePorts(1);
    const indexes = { unreachable: `http://127.0.0.1:${closed}/index.yaml`, missing: `${origin()}/none`, off: "" };
    for (const [name, index] of Object.entries(indexes)) {
      const env = { PKGSERVER_ENVTEST_INDEX: index, XDG_CACHE_HOME: join(dir, name) };
      const { kubectl } = await resolveBinaries(options(env));
      expect(await readFile(kubectl, "utf8")).toBe("built v1.36.3");
    }
    expect(log).toEqual([
      expect.stringContaining("looking for"),
      expect.stringMatching(/no download.*ECONNREFUSED/),
      expect.stringContaining("looking for"),
      expect.stringMatching(/no download.*404/),
    ]);
  });

  it("builds each program once for concurrent callers, also past the lock of an ended process", async () => {
    await mkdir(join(dir, "pkgserver"), { recursive: true });
    await writeFile(join(dir, "pkgserver", "lock"), JSON.stringify({ pid: process.pid, started: "long ago" }));
    const env = { PKGSERVER_ENVTEST_INDEX: "" };
    const [a, b] = await Promise.all([resolveBinaries(options(env)), resolveBinaries(options(env))]);
    expect(a).toEqual(b);
    expect(built).toEqual(controlPlaneTools);
  });

  it("builds again after a failed build", async () => {
    const failing = {
      ...options({ PKGSERVER_ENVTEST_INDEX: "" }),
      build: () => Promise.reject(new Error("disk full")),
    };
    await expect(resolveBinaries(failing)).rejects.toThrow("disk full");
    await resolveBinaries(options({ PKGSERVER_ENVTEST_INDEX: "" }));
    expect(built).toEqual(controlPlaneTools);
  });

  it("takes KUBEBUILDER_ASSETS first, and names a program that is missing there", async () => {
    const assets = join(dir, "assets");
    await mkdir(assets);
    for (const name of ["kube-apiserver", "kubectl"]) await writeFile(join(assets, name), "");
    await expect(resolveBinaries(options({ KUBEBUILDER_ASSETS: assets }))).rejects.toThrow(
      `${assets}, which has no etcd`,
    );
    await writeFile(join(assets, "etcd"), "");
    expect(await resolveBinaries(options({ KUBEBUILDER_ASSETS: assets }))).toEqual({
      kubeApiServer: join(assets, "kube-apiserver"),
      etcd: join(assets, "etcd"),
      kubectl: join(assets, "kubectl"),
    });
  });

  it("builds helm without an archive, unless PKGSERVER_HELM is set", async () => {
    expect(await resolveHelm(options({ PKGSERVER_HELM: "/given/helm" }))).toBe("/given/helm");
    expect(await readFile(await resolveHelm(options()), "utf8")).toBe(`built ${TOOLS.helm.version}`);
    expect(requested).toEqual([]);
  });

  it("builds krew with the program that checks its manifests", async () => {
    const { krew, validateManifest } = await resolveKrew(options());
    for (const file of [krew, validateManifest])
      expect(await readFile(file, "utf8")).toBe(`built ${TOOLS.krew.version}`);
    expect({ requested, built }).toEqual({ requested: [], built: ["krew", "validate-krew-manifest"] });
  });

  it("builds Flux once, and keeps the CRDs of each program beside it", async () => {
    // What a run leaves that ends between the CRDs and the program.
    const halfDone = join(dir, "pkgserver", `source-controller-${TOOLS["source-controller"].version}`, "crds");
    await mkdir(halfDone, { recursive: true });
    await writeFile(join(halfDone, "stale.yaml"), "");
    const flux = await resolveFlux(options());
    expect(await resolveFlux(options())).toEqual(flux);
    expect({ requested, built }).toEqual({ requested: [], built: ["source-controller", "kustomize-controller"] });
    const crds = flux.crds.map(async (folder) => await readFile(join(folder, "crd.yaml"), "utf8"));
    expect(await Promise.all(crds)).toEqual(built);
    expect(await readdir(halfDone)).toEqual(["crd.yaml"]);
  });

  it("names what to install without Go, and reports the compiler's error", async () => {
    const { build: _, ...real } = options({ PKGSERVER_ENVTEST_INDEX: "", PATH: dir });
    await expect(resolveBinaries(real)).rejects.toThrow(/there is no Go here: install Go .* or set KUBEBUILDER_ASSETS/);
    await writeFile(join(dir, "go"), "#!/bin/sh\necho no such module >&2\nexit 1\n");
    await chmod(join(dir, "go"), 0o755);
    await expect(resolveBinaries(real)).rejects.toThrow(/ended with 1:\nno such module/);
  });

  it("has the versions that the Go modules pin", async () => {
    for (const tool of [...Object.values(TOOLS), ...RELEASES.map(({ apiServer }) => apiServer)]) {
      const pinned = await readFile(join(tool.moduleDir, "go.mod"), "utf8");
      const required = [...pinned.matchAll(/^\s+(\S+) (v\S+)/gm)].map(
        ([, module, version]) => [module, version] as const,
      );
      const module = required.find(([name]) => tool.goPackage.startsWith(`${name}/`) || tool.goPackage === name);
      expect({ tool: tool.name, version: module?.[1] }).toEqual({ tool: tool.name, version: tool.version });
    }
  });
});
