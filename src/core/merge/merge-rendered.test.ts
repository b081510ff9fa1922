import { describe, expect, it } from "vitest";
import { render } from "../render/render.ts";
import { mergePackages } from "./merge-packages.ts";
import { mergeRendered, type RenderPackage } from "./merge-rendered.ts";
import type { FileMap } from "./package-side.ts";

type Texts = Readonly<Record<string, string>>;

const renderFiles: RenderPackage = ({ texts, binaries }) => render(texts, { binaries });
const files = (texts: Texts): FileMap =>
  new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)] as const));
const textsOf = (merged: FileMap): Texts =>
  Object.fromEntries([...merged].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)] as const));

/** A package after a render of its pipeline. */
async function rendered(texts: Texts): Promise<Texts> {
  const { changed, removed, failure } = await render(new Map(Object.entries(texts)));
  expect(failure).toBeUndefined();
  const result = { ...texts, ...Object.fromEntries(changed) };
  return Object.fromEntries(Object.entries(result).filter(([path]) => !removed.includes(path)));
}

const kptfile = (name: string) => `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: ${name}
pipeline:
  mutators:
    - image: apply-setters
      configPath: setters.yaml
    - image: set-namespace
      configPath: namespace.yaml
`;
const setters = (replicas: number, image: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: setters
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  replicas: "${replicas}"
  image: ${image}
`;
const namespace = (name: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: namespace
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  namespace: ${name}
`;
const SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: base\nspec:\n  type: ClusterIP\n";
const deployment = (replicas: number, more = "") => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: base
spec:
  replicas: ${replicas} # kpt-set: $\{replicas}
${more}`;
const blueprint = (replicas: number, more?: string): Texts => ({
  Kptfile: kptfile("web"),
  "setters.yaml": setters(replicas, "web:1"),
  "namespace.yaml": namespace("base"),
  "app.yaml": deployment(replicas, more),
  "service.yaml": SERVICE,
});

describe("mergeRendered", () => {
  const base = blueprint(1);
  const { "service.yaml": _, ...upstream } = blueprint(2, "  minReadySeconds: 5\n");

  async function sides() {
    const local = await rendered({
      ...base,
      Kptfile: kptfile("shop"),
      "setters.yaml": setters(5, "web:1"),
      "namespace.yaml": namespace("shop"),
    });
    return { base: files(base), upstream: files(upstream), local: files(local) };
  }

  it("counts what a pipeline has changed as no local change", async () => {
    const given = await sides();
    const plain = mergePackages(given).conflicts.map(({ file, field }) => `${file} ${field ?? ""}`);
    expect(plain).toEqual(["app.yaml spec.replicas", "service.yaml ", "setters.yaml data.replicas"]);
    const { conflicts, files: merged } = await mergeRendered(given, {}, renderFiles);
    // The value that a person has set is in conflict, and not what was made of it.
    expect(conflicts.map(({ file, field }) => `${file} ${field}`)).toEqual(["setters.yaml data.replicas"]);
    expect(textsOf(merged)).toEqual({
      Kptfile: kptfile("shop"),
      "setters.yaml": setters(5, "web:1"),
      "namespace.yaml": namespace("shop"),
      "app.yaml": deployment(5, "  minReadySeconds: 5\n").replace("namespace: base", "namespace: shop"),
    });
    expect(await rendered(textsOf(merged))).toEqual(textsOf(merged));
  });

  it("renders nothing if there are no conflicts", async () => {
    const { base, upstream, local } = await sides();
    const never: RenderPackage = () => Promise.reject(new Error("rendered"));
    expect(textsOf((await mergeRendered({ base, upstream: base, local }, {}, never)).files)).toEqual(textsOf(local));
    const { files: merged } = await mergeRendered({ base, upstream, local: base }, {}, never);
    expect(textsOf(merged)).toEqual(textsOf(upstream));
  });

  it("merges what is not rendered if there is no pipeline, or it fails", async () => {
    const given = await sides();
    const failing: RenderPackage = async () => ({
      changed: new Map(),
      removed: [],
      failure: { reason: "FunctionFailed", message: "broken" },
    });
    expect(await mergeRendered(given, {}, failing)).toEqual(mergePackages(given));
    const broken = { ...given, local: new Map([...given.local, ...files({ Kptfile: "kind: Other\n" })]) };
    expect(await mergeRendered(broken, {}, renderFiles)).toEqual(mergePackages(broken));
    const { Kptfile: _, ...plain } = textsOf(given.local);
    const without = { ...given, local: files(plain) };
    expect(await mergeRendered(without, {}, renderFiles)).toEqual(mergePackages(without));
  });

  it("does not render for strategies that take upstream as it is", async () => {
    const given = await sides();
    const never: RenderPackage = () => Promise.reject(new Error("rendered"));
    const strategy = "replace";
    expect(await mergeRendered(given, { strategy }, never)).toEqual(mergePackages(given, { strategy }));
  });
});
