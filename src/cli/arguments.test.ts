import { describe, expect, it } from "vitest";
import { normalizeArguments } from "./arguments.ts";
import { runProgram } from "./program.ts";
import { createIo } from "./testing/io.ts";

describe("normalizeArguments", () => {
  it.each([
    ["-n team get", "get -n team"],
    ["-nteam --context=one --no-input repo list -A", "repo list -A -nteam --context=one --no-input"],
    ["--namespace team --as bob get shop", "get shop --namespace team --as bob"],
    ["-n team cat shop -- -odd.yaml", "cat shop -n team -- -odd.yaml"],
    ["get -n team", "get -n team"],
    ["help repo add", "repo add --help"],
    ["help", "--help"],
    ["-n team", "-n team"],
    ["-n", "-n"],
    ["--nothing get", "--nothing get"],
    ["", ""],
  ])("reads %j as %j", (given, wanted) => {
    expect(normalizeArguments(given.split(" ")).join(" ")).toBe(wanted);
  });

  it("is what the program does", async () => {
    const [help, own] = [createIo(), createIo()];
    expect(await runProgram(["help", "show"], help)).toBe(0);
    await runProgram(["show", "--help"], own);
    expect(help.output()).toBe(own.output());
    expect(await runProgram(["--no-input", "version", "--client"], createIo())).toBe(0);
  });
});
