import { describe, expect, it } from "vitest";
import { OTHER_WORDS } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";
import { longFlag } from "./option-spec.ts";
import { buildProgram, runProgram } from "./program.ts";
import { createIo } from "./testing/io.ts";

/** The words of a command of an example. */
const words = (command: string) =>
  command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)?.map((word) => word.replaceAll(/['"]/g, "")) ?? [];

describe("commands", () => {
  it.each(COMMANDS.flatMap((command) => command.examples.map((example) => [example.command, command.path] as const)))(
    "%s is a call of %s",
    async (example, path) => {
      const called: string[] = [];
      // What is behind a pipe or a redirection belongs to the shell.
      const [own = ""] = example.split(/ [|<>] /);
      await buildProgram(createIo(), async (command) => void called.push(command.path)).parseAsync(words(own), {
        from: "user",
      });
      expect(called).toEqual([path]);
    },
  );

  it.each(COMMANDS.flatMap(({ path, aliases = [] }) => aliases.map((alias) => [alias, path] as const)))(
    "%s is another word for %s, with the same help",
    async (alias, path) => {
      const [other, own] = [createIo(), createIo()];
      await runProgram([...alias.split(" "), "--help"], other);
      await runProgram([...path.split(" "), "--help"], own);
      expect(other.output().split("\n").slice(1)).toEqual(own.output().split("\n").slice(1));
      const help = createIo();
      await runProgram(["--help"], help);
      expect(help.output()).not.toContain("rpkg");
    },
  );

  it.each(COMMANDS.map((command) => [command.path, command] as const))("%s has options of its own names", (_, one) => {
    const specs = [...Object.entries(GLOBAL_OPTIONS), ...Object.entries(one.options)] as const;
    const flags = specs.flatMap(([key, spec]) => [
      longFlag(key),
      ...("short" in spec && spec.short ? [spec.short] : []),
    ]);
    expect(new Set(flags).size).toBe(flags.length);
    expect(one.examples.length).toBeGreaterThan(0);
  });
});

describe("runProgram", () => {
  it.each([
    [["--help"], 0],
    [["get", "--help"], 0],
    [["version", "--client"], 0],
    [[], 2],
    [["nothing"], 2],
    [["get", "--nothing"], 2],
    [["version", "extra"], 2],
  ])("%j ends with %i", async (argv, code) => {
    expect(await runProgram(argv, createIo())).toBe(code);
  });

  it.each([
    [["create", "deployment"], "to begin a package: kubectl pkg init, or clone"],
    [["apply", "-f", "a.yaml"], "to send a pulled folder to its draft: kubectl pkg push"],
    [
      ["get", "-o", "jsonpath={.status}"],
      "for single fields: -o json, and jq; or kubectl get packagerevisions -o jsonp",
    ],
    [["show", "a", "-o", "custom-columns=A:.a"], "for single fields: -o json"],
  ])("%j ends with 2, and says what to call instead", async (argv, hint) => {
    const io = createIo();
    expect(await runProgram(argv, io)).toBe(2);
    expect(io.errors()).toContain(`\n${hint}`);
  });

  it("has no hint for other words, nor for what all objects have", async () => {
    for (const word of ["nothing", "constructor", "__proto__"]) {
      const io = createIo();
      expect(await runProgram([word], io)).toBe(2);
      expect(io.errors()).toMatch(/^error: unknown command '.*'\nsee --help\n$/);
    }
  });

  it("lists every command in its help", async () => {
    const io = createIo();
    await runProgram(["--help"], io);
    const shown = COMMANDS.filter(({ group }) => group !== OTHER_WORDS);
    for (const { path } of shown) expect(io.output()).toContain(`  ${path.split(" ")[0]} `);
  });
});
