import { it as base, describe, expect } from "vitest";
import type { LocalRefs } from "../refs/local-refs.ts";
import type { BareRepository } from "./bare-repository.ts";
import { Maintenance } from "./maintenance.ts";

const it = base
  /** The commands that were run. */
  .extend("commands", (): string[] => [])
  .extend("maintenance", ({ commands }) => {
    const record = async (args: readonly string[]) => void commands.push(args.join(" "));
    const repository = { runLocal: record, streamLocal: record };
    const localRefs = { flush: async () => void commands.push("flush") };
    return new Maintenance(repository as unknown as BareRepository, localRefs as unknown as LocalRefs);
  });

const REPACK = ["flush", "pack-refs --all", "repack -d -l -q --geometric=2"];

describe("Maintenance", () => {
  it("repacks after 50 pushes and fetches, and then again after 50 more", async ({ commands, maintenance }) => {
    maintenance.record(48);
    maintenance.record(1);
    await maintenance.run();
    expect(commands).toEqual([]);
    maintenance.record(1);
    await maintenance.run();
    expect(commands).toEqual(REPACK);
    maintenance.record(49);
    await maintenance.run();
    expect(commands).toEqual(REPACK);
  });

  it("repacks when requested", async ({ commands, maintenance }) => {
    maintenance.request();
    await maintenance.run();
    expect(commands).toEqual(REPACK);
  });
});
