import { type AddressInfo, createServer } from "node:net";
import { it as base, describe, expect } from "vitest";
import { startConnectProxy } from "../testing/connect-proxy.ts";
import { openTunnel, proxyFromEnvironment } from "./proxy.ts";

describe("proxyFromEnvironment", () => {
  it.each([
    ["https://api.example.com:6443", { HTTPS_PROXY: "http://proxy:3128" }, "proxy:3128"],
    ["https://api.example.com", { https_proxy: "proxy:3128" }, "proxy:3128"],
    ["https://api.example.com", {}, undefined],
    ["https://api.example.com", { HTTPS_PROXY: "" }, undefined],
    ["https://api.example.com", { HTTPS_PROXY: "", https_proxy: "proxy:3128" }, "proxy:3128"],
    ["http://api.example.com", { HTTPS_PROXY: "http://proxy:3128" }, undefined],
    ["https://127.0.0.1:6443", { HTTPS_PROXY: "http://proxy:3128" }, undefined],
    ["https://[::1]:6443", { HTTPS_PROXY: "http://proxy:3128" }, undefined],
    ["https://localhost:6443", { HTTPS_PROXY: "http://proxy:3128" }, undefined],
  ])("%s with %j: %s", (server, env, expected) => {
    expect(proxyFromEnvironment(new URL(server), env)?.host).toBe(expected);
  });

  it.each([
    ["*", true],
    ["api.example.com", true],
    ["example.com", true],
    [".example.com", true],
    ["*.example.com", true],
    ["other.com, api.example.com", true],
    ["api.example.com:6443", true],
    ["api.example.com:443", false],
    ["ample.com", false],
    [".api.example.com", false],
    ["API.Example.com", true],
    ["none.example,*", true],
    ["10.0.0.0/8", false],
    ["", false],
  ])("NO_PROXY=%s excludes api.example.com:6443: %s", (excluded, expected) => {
    const env = { HTTPS_PROXY: "http://proxy", NO_PROXY: excluded };
    expect(proxyFromEnvironment(new URL("https://api.example.com:6443"), env) === undefined).toBe(expected);
  });

  it.each([
    ["https://10.1.2.3", "10.0.0.0/8", true],
    ["https://11.1.2.3", "10.0.0.0/8", false],
    ["https://[fd00::1]", "fd00::/8", true],
    ["https://10.1.2.3", "10.0.0.0/99", false],
    ["https://10.1.2.3:6443", "10.1.2.3:6443", true],
    ["https://10.1.2.3:6443", "10.1.2.3:443", false],
    ["https://10.1.2.3", "2.3", true],
    ["https://[fd00::1]:6443", "fd00:0::1", true],
    ["https://[fd00::1]:6443", "[fd00::1]:6443", true],
    ["https://[fd00::1]:6443", "[fd00::1]:443", false],
  ])("%s is in %s: %s", (server, network, expected) => {
    const env = { HTTPS_PROXY: "http://proxy", NO_PROXY: "", no_proxy: network };
    expect(proxyFromEnvironment(new URL(server), env) === undefined).toBe(expected);
  });
});

/** A server that greets, and a proxy to it that wants a password. */
const it = base
  .extend("port", async ({}, { onCleanup }) => {
    const greeter = createServer((socket) => socket.end("hello"));
    await new Promise<void>((resolve) => greeter.listen(0, "127.0.0.1", resolve));
    onCleanup(() => void greeter.close());
    return String((greeter.address() as AddressInfo).port);
  })
  .extend("proxy", async ({}, { onCleanup }) => {
    const proxy = await startConnectProxy({ needsPassword: true });
    onCleanup(async () => await proxy.close());
    return proxy;
  });

describe("openTunnel", () => {
  it("connects through the proxy, with its user and password", async ({ port, proxy }) => {
    const url = Object.assign(new URL(proxy.url), { username: "me", password: "p@ss" });
    let text = "";
    for await (const chunk of await openTunnel(url, "127.0.0.1", port)) text += String(chunk);
    expect(text).toBe("hello");
    expect(proxy.asked).toEqual([`127.0.0.1:${port}`, `Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
  });

  it("fails if the proxy refuses", async ({ port, proxy }) => {
    await expect(openTunnel(proxy.url, "127.0.0.1", port)).rejects.toThrow(/refuses 127\S+: 407 Proxy/);
  });

  it("fails if there is no proxy", async () => {
    await expect(openTunnel(new URL("http://127.0.0.1:9"), "a", "1")).rejects.toThrow("ECONNREFUSED");
  });
});
