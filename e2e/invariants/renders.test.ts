import { describe, expect, it } from "vitest";
import { renderedFiles } from "../testenv/pipeline-packages.ts";
import { checkRenders } from "./renders.ts";
import { observationOf, sample } from "./sample.ts";

const files = renderedFiles("app");
const rendered = { ...files, "app.yaml": `${files["app.yaml"]}  namespace: app\n` };

/** The violations where a draft has these files, and says that it is rendered. */
async function violationsOf(resources: Readonly<Record<string, string>>, status: "True" | "False", generation = 1) {
  const parts = sample();
  const { cluster } = observationOf(parts);
  const condition = {
    type: "Rendered",
    status,
    reason: "Any",
    message: "any",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const { next } = parts;
  const draft = {
    ...next,
    status: { observedGeneration: 1, ...next.status, lifecycle: "draft", conditions: [condition] },
  };
  const contents = cluster.contents.map((page) =>
    page.metadata.name === next.metadata.name
      ? {
          ...page,
          metadata: { ...page.metadata, generation },
          spec: { resources },
          status: { ...page.status, observedGeneration: 1 },
        }
      : page,
  );
  const found = await checkRenders({ ...cluster, revisions: [draft as typeof next], contents });
  return found.map(({ message }) => message);
}

describe("checkRenders", () => {
  it("accepts contents that their functions do not change", async () => {
    expect(await violationsOf(rendered, "True")).toEqual([]);
  });

  it("reports contents that they change, or cannot be rendered", async () => {
    expect(await violationsOf(files, "True")).toEqual(["is said to be rendered, and another render changes app.yaml"]);
    const broken = { ...files, Kptfile: files.Kptfile.replace("set-namespace", "set-labels@x: [") };
    expect(await violationsOf(broken, "True")).toEqual([
      expect.stringMatching(/^is said to be rendered, and cannot be: /),
    ]);
  });

  it("says nothing of a draft that is not rendered, or edited since", async () => {
    expect(await violationsOf(files, "False")).toEqual([]);
    expect(await violationsOf(files, "True", 2)).toEqual([]);
  });
});
