import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { API_LIFECYCLES, renderApiLifecycles } from "../harness/api-lifecycles.ts";

it("the lifecycles of the built-in APIs are those of the code of Kubernetes", async () => {
  expect(await readFile(API_LIFECYCLES, "utf8"), "run make schemas").toBe(await renderApiLifecycles());
});
