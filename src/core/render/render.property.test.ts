import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { render } from "./render.ts";

const RUNS = { numRuns: 100 };
const name = fc.constantFrom("web", "db", "a-b", "x", "yes", "1");
const layout = fc.constantFrom("\n", "\r\n");
const KINDS = ["Deployment", "Service", "Widget", "CronJob"] as const;

const object = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    name,
    comment: fc.boolean(),
    flow: fc.boolean(),
    namespace: fc.option(name),
  })
  .map(({ kind, name, comment, flow, namespace }) => {
    const quoted = JSON.stringify(name);
    const lines = [
      ...(comment ? ["# about it"] : []),
      `apiVersion: ${kind === "Deployment" ? "apps/v1" : kind === "CronJob" ? "batch/v1" : "v1"}`,
      `kind: ${kind}`,
      ...(flow ? [`metadata: {name: ${quoted}}`] : ["metadata:", `  name: ${quoted}   # the name`, ""]),
      ...(namespace === null || flow ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
      "spec:",
      "  replicas: 3 # kpt-set: $" + "{replicas}",
      ...(kind === "CronJob" ? ["  jobTemplate:", "   spec:"] : []),
      "     template:".slice(kind === "CronJob" ? 0 : 3),
      "        spec:",
      "          containers: [{name: c, image: 'nginx:1'}]",
    ];
    return lines.join("\n");
  });
const file = fc.tuple(fc.array(object, { minLength: 1, maxLength: 3 }), layout).map(([objects, lineBreak]) => {
  return `${objects.join("\n---\n")}\n`.replaceAll("\n", lineBreak);
});
const files = fc.dictionary(fc.constantFrom("a.yaml", "b.yaml", "conf/c.yml", "conf/d.json.yaml"), file, {
  minKeys: 1,
});

const FUNCTIONS = {
  "set-labels": { env: "prod", on: "yes" },
  "set-annotations": { owner: "team: a" },
  "set-image": { name: "nginx", newTag: "2" },
  "apply-setters": { replicas: "5" },
  "set-namespace": { namespace: "shop" },
} as const;
type Name = keyof typeof FUNCTIONS;
const NAMES = Object.keys(FUNCTIONS) as Name[];

/** The Kptfile sees no function: it would be changed by some of them, as for kpt. */
function kptfile(names: readonly Name[]): string {
  const functions = names.map((one) => ({ image: one, configMap: FUNCTIONS[one], exclude: [{ kind: "Kptfile" }] }));
  return JSON.stringify({
    apiVersion: "kpt.dev/v1",
    kind: "Kptfile",
    metadata: { name: "p" },
    pipeline: { mutators: functions },
  });
}

async function renderAll(files: Readonly<Record<string, string>>, names: readonly Name[]) {
  const input = new Map([
    ...Object.entries(files),
    ["Kptfile", kptfile(names)] as const,
    ["README.md", "# x"] as const,
  ]);
  const { failure, changed, removed } = await render(input);
  expect([failure, removed]).toEqual([undefined, []]);
  return { input, changed, after: new Map([...input, ...changed]) };
}

describe("render", () => {
  it("changes nothing the second time", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.subarray(NAMES, { minLength: 1 }), async (files, names) => {
        const { after } = await renderAll(files, names);
        expect([...(await render(after)).changed]).toEqual([]);
      }),
      RUNS,
    );
  });

  it("keeps comments, line breaks, and every line that no function changes", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.subarray(NAMES, { minLength: 1 }), async (files, names) => {
        const { input, changed } = await renderAll(files, names);
        for (const [path, text] of changed) {
          const before = (input.get(path) ?? "").split("\n");
          const after = text.split("\n");
          const kept = before.filter((line) => !/replicas|namespace|image|metadata: \{/.test(line));
          // Each line that stays is there, in the same order.
          let at = 0;
          for (const line of after) if (line === kept[at]) at++;
          expect(kept.slice(at)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it("does not depend on the order of functions that change different fields", async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.shuffledSubarray(["set-image", "apply-setters", "set-namespace"] as Name[]),
        async (files, names) => {
          const one = await renderAll(files, names);
          const other = await renderAll(files, names.toSorted());
          expect([...one.changed].sort()).toEqual([...other.changed].sort());
        },
      ),
      RUNS,
    );
  });

  it("does not depend on the order in which files are given", async () => {
    await fc.assert(
      fc.asyncProperty(files, async (files) => {
        const { input } = await renderAll(files, NAMES);
        const again = await render(new Map([...input].reverse()));
        expect([...again.changed].sort()).toEqual([...(await render(input)).changed].sort());
      }),
      RUNS,
    );
  });
});
