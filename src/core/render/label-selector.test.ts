import { describe, expect, it } from "vitest";
import { InvalidSelector, readLabelSelector } from "./label-selector.ts";

const labels = new Map([
  ["app", "web"],
  ["example.com/tier", "front"],
  ["empty", ""],
]);

describe("readLabelSelector", () => {
  it.each([
    ["", true],
    ["  ", true],
    ["app", true],
    ["!app", false],
    ["! missing", true],
    ["app=web", true],
    ["app == web", true],
    ["app=db", false],
    ["app!=db", true],
    ["missing!=db", true],
    ["empty=", true],
    ["app in (db, web)", true],
    ["app in (db)", false],
    ["missing in (a)", false],
    ["app notin (db)", true],
    ["app notin (web,db)", false],
    ["missing notin (a)", true],
    ["app=web,example.com/tier in (front,back),!legacy", true],
    ["app=web,example.com/tier=back", false],
  ])("%j matches: %j", (text, expected) => expect(readLabelSelector(text)(labels)).toBe(expected));

  it.each(["a b", "app in web", "app in (web", "=web", "a,,b", "app>1", "a".repeat(2000)])("refuses %j", (text) => {
    expect(() => readLabelSelector(text)).toThrow(InvalidSelector);
  });
});
