import { it as base } from "vitest";
import { type HttpBackend, type HttpBackendOptions, startHttpBackend } from "./http-backend.ts";
import { TestRepository } from "./repositories.ts";

export const MAIN = "refs/heads/main";

/** Vitest's `it` with a remote repository, which is empty at first and deleted after the test. */
export const it = base
  .extend("repository", async ({}, { onCleanup }) => {
    const repository = await TestRepository.create();
    onCleanup(() => repository.close());
    return repository;
  })
  /** Serves the remote over HTTP, as `<url>/remote.git`. */
  .extend("serve", ({ repository }, { onCleanup }) => {
    const servers: HttpBackend[] = [];
    onCleanup(async () => void (await Promise.all(servers.map((server) => server.close()))));
    return async (options: Partial<HttpBackendOptions> = {}): Promise<HttpBackend> => {
      const server = await startHttpBackend({ root: repository.folder, ...options });
      servers.push(server);
      return server;
    };
  });
