import { describe, expect, it } from "vitest";
import { mergePackages } from "./merge-packages.ts";
import type { FileMap } from "./package-side.ts";

const encoder = new TextEncoder();
const deployment = (name: string, replicas: number, image: number) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  replicas: ${replicas}\n` +
  `  template:\n    spec:\n      containers:\n        - name: web\n          image: web:${image}\n`;
const text = (at: number, first: string, last: string) => `${first}\ntext ${at}\nmore\nof it\n${last}\n`;

/** The three sides of packages whose files, documents or items have all changed on both sides. */
const SHAPES: Readonly<Record<string, (count: number, replicas: number, image: number) => FileMap>> = {
  "in files of their own": (count, replicas, image) =>
    new Map(
      Array.from({ length: count }, (_, at) => [`f${at}.yaml`, encoder.encode(deployment(`d${at}`, replicas, image))]),
    ),
  "in one file": (count, replicas, image) => {
    const documents = Array.from({ length: count }, (_, at) => deployment(`d${at}`, replicas, image));
    return new Map([["a.yaml", encoder.encode(documents.join("---\n"))]]);
  },
  "of one name": (count, replicas, image) => {
    const documents = Array.from({ length: count }, () => deployment("d", replicas, image));
    return new Map([["a.yaml", encoder.encode(documents.join("---\n"))]]);
  },
  "that are moved": (count, replicas, image) =>
    new Map(
      Array.from({ length: count }, (_, at) => [
        `${image === 1 ? "" : "moved/"}f${at}.yaml`,
        encoder.encode(deployment(`d${at}`, replicas, image)),
      ]),
    ),
  "that are texts": (count, replicas, image) =>
    new Map(
      Array.from({ length: count }, (_, at) => [`f${at}.md`, encoder.encode(text(at, `${replicas}`, `${image}`))]),
    ),
  "that are moved texts": (count, replicas, image) =>
    new Map(
      Array.from({ length: count }, (_, at) => [
        `${image === 1 ? "" : "moved/"}f${at}.md`,
        encoder.encode(text(at, `${replicas}`, "last")),
      ]),
    ),
  "that are items": (count, replicas, image) => {
    const items = Array.from({ length: count }, (_, at) => `    - {name: n${at}, a: ${replicas}, b: ${image}}\n`);
    const head = "apiVersion: x.example.com/v1\nkind: X\nmetadata:\n  name: x\nspec:\n  items:\n";
    return new Map([["a.yaml", encoder.encode(head + items.join(""))]]);
  },
};

function cost(shape: (count: number, replicas: number, image: number) => FileMap, count: number): number {
  const sides = { base: shape(count, 1, 1), upstream: shape(count, 1, 2), local: shape(count, 2, 1) };
  const start = performance.now();
  const { conflictCount, failure } = mergePackages(sides);
  const time = performance.now() - start;
  expect([conflictCount, failure]).toEqual([0, undefined]);
  return time;
}

describe("mergePackages of many", { timeout: 120_000 }, () => {
  it.each(Object.keys(SHAPES))("objects %s takes time in proportion", (name) => {
    const shape = SHAPES[name] ?? (() => new Map());
    cost(shape, 20);
    let [few, many] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The machine may be busy: the least of some runs counts.
    for (let run = 0; run < 4; run++) {
      few = Math.min(few, cost(shape, 50));
      many = Math.min(many, cost(shape, 500));
      if (many <= 30 * few + 500) break;
    }
    expect(many).toBeLessThanOrEqual(30 * few + 500);
  });
});
