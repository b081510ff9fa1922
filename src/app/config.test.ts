import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

describe("config", () => {
  it.each([
    [undefined, 64 * 1024 ** 2],
    ["0", 0],
    ["1000", 1000],
    ["20Ki", 20 * 1024],
    ["2Gi", 2 * 1024 ** 3],
  ])("reads the contents budget %s", (text, bytes) => {
    expect(readConfig({ PKGSERVER_CONTENTS_BUDGET: text }).contentsBudget).toBe(bytes);
  });

  it.each(["15", "1s", "500ms", "1.5s", "11m", "soon"])("refuses the lease duration %s", (text) => {
    expect(() => readConfig({ PKGSERVER_LEASE_DURATION: text })).toThrow(
      `PKGSERVER_LEASE_DURATION is ${text}: whole seconds from 2s to 10m are expected, such as 15s`,
    );
  });

  it("reads a lease duration", () => {
    expect(readConfig({}).leaseDurationMs).toBe(15_000);
    expect(readConfig({ PKGSERVER_LEASE_DURATION: "1m30s" }).leaseDurationMs).toBe(90_000);
  });

  it("reads how long a remote may take", () => {
    expect(readConfig({}).gitTimeouts).toEqual({ listMs: 60_000, fetchMs: 600_000, pushMs: 120_000 });
    const env = {
      PKGSERVER_GIT_LIST_TIMEOUT: "5s",
      PKGSERVER_GIT_FETCH_TIMEOUT: "1h",
      PKGSERVER_GIT_PUSH_TIMEOUT: "1m30s",
    };
    expect(readConfig(env).gitTimeouts).toEqual({ listMs: 5_000, fetchMs: 3_600_000, pushMs: 90_000 });
  });

  it.each(["0s", "999ms", "25h", "60", "soon", "-5s"])("refuses %s as a time limit", (text) => {
    expect(() => readConfig({ PKGSERVER_GIT_PUSH_TIMEOUT: text })).toThrow(
      `PKGSERVER_GIT_PUSH_TIMEOUT is ${text}: a duration from 1s to 24h is expected, such as 2m or 90s`,
    );
  });

  it.each(["-1", "64M", "1.5Gi", "much", "64 Mi"])("refuses the contents budget %s", (text) => {
    expect(() => readConfig({ PKGSERVER_CONTENTS_BUDGET: text })).toThrow(
      `PKGSERVER_CONTENTS_BUDGET is ${text}: bytes are expected, such as 64Mi`,
    );
  });
});
