import { Counter, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpServer, type HttpReply, type HttpServer, type Route, textReply } from "./http-server.ts";
import { metricsRoute } from "./metrics-route.ts";

const never = new AbortController().signal;
let server: HttpServer | undefined;

async function serve(...routes: readonly Route[]): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const created = createHttpServer({ host: "127.0.0.1", port: 0, routes });
  server = created;
  await created.start(never);
  return async (path, init) => await fetch(`http://127.0.0.1:${created.port()}${path}`, init);
}

const hello: Route = { path: "/hello", handle: () => textReply(200, "hello\n") };

/** A route that tells when it is asked, and answers when the test says so. */
function pendingRoute() {
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<HttpReply>()];
  const handle = async () => {
    asked.resolve();
    return await answer.promise;
  };
  return { route: { path: "/pending", handle } satisfies Route, asked, answer };
}

describe("HTTP server", () => {
  afterEach(async () => {
    await server?.stop(never);
  });

  it("serves the metrics of a registry, and no other path or method", async () => {
    const registry = new Registry();
    new Counter({ name: "things_total", help: "Things.", registers: [registry] }).inc(3);
    const get = await serve(metricsRoute(registry));
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toContain("things_total 3");
    const missing = await get("/debug");
    expect([missing.status, await missing.text()]).toEqual([404, "not found\n"]);
    expect((await get("/metrics/")).status).toBe(404);
    const posted = await get("/metrics", { method: "POST" });
    expect([posted.status, await posted.text()]).toEqual([405, "allowed: GET, HEAD\n"]);
  });

  it("answers HEAD with the headers alone", async () => {
    const get = await serve(hello);
    const response = await get("/hello", { method: "HEAD" });
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "6"]);
    expect(await response.text()).toBe("");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("is told apart from others by its name, and has no port before it listens", () => {
    const created = createHttpServer({ host: "127.0.0.1", port: 0, routes: [] });
    expect(created.name).toBe("http");
    expect(() => created.port()).toThrow("the HTTP server does not listen");
  });

  it("passes the request to a route of another method, with its body", async () => {
    const echo: Route = {
      path: "/hook",
      methods: ["POST"],
      handle: async (request) => textReply(202, (await request.toArray()).join("")),
    };
    const get = await serve(echo, hello);
    const response = await get("/hook?from=git", { method: "POST", body: "payload" });
    expect([response.status, await response.text()]).toEqual([202, "payload"]);
    expect((await get("/hook")).status).toBe(405);
  });

  it("reports an error of a route, and continues to serve", async () => {
    const broken: Route = { path: "/broken", handle: () => Promise.reject(new Error("no\nway")) };
    const get = await serve(broken, hello);
    const response = await get("/broken");
    expect([response.status, await response.text()]).toEqual([500, "no way\n"]);
    expect((await get("/hello")).status).toBe(200);
  });

  it.each([
    ["without a text", Object.create(null)],
    ["that is no Error", Symbol("odd")],
  ])("answers if a route throws a value %s", async (_, thrown) => {
    const get = await serve({ path: "/odd", handle: () => Promise.reject(thrown) });
    expect((await get("/odd")).status).toBe(500);
  });

  it("answers requests that are under way before it stops", async () => {
    const { route, asked, answer } = pendingRoute();
    const get = await serve(route);
    const response = get("/pending");
    await asked.promise;
    const stopped = server?.stop(never);
    answer.resolve(textReply(200, "done\n"));
    expect(await (await response).text()).toBe("done\n");
    await stopped;
  });

  it.each([
    ["at the deadline", false],
    ["at once after it", true],
  ])("cuts requests off that are still under way %s", async (_, isOver) => {
    const { route, asked } = pendingRoute();
    const get = await serve(route);
    const cut = get("/pending").catch((error: unknown) => error);
    await asked.promise;
    const deadline = new AbortController();
    if (isOver) deadline.abort();
    const stopped = server?.stop(deadline.signal);
    deadline.abort();
    await stopped;
    expect(await cut).toBeInstanceOf(Error);
  });

  it("does not start where the port is taken", async () => {
    await serve(hello);
    const second = createHttpServer({ host: "127.0.0.1", port: server?.port() ?? 0, routes: [] });
    await expect(second.start(never)).rejects.toThrow("EADDRINUSE");
  });
});
