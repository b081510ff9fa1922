import { describe, expect, it } from "vitest";
import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ALL_TRANSPORTS } from "../../core/identity/url.ts";
import { RepositoriesByAge } from "../../core/repository/repositories-by-age.ts";
import { aRepository, condition } from "../../core/testing/observed.ts";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { sharedRevisionIndexes } from "../shared/indexes.ts";
import { FakeInformer } from "../shared/testing/fake-informer.ts";
import { type RepositoryIndex, repositoryIndexes } from "./indexes.ts";
import { validateIn } from "./validate.ts";
import { watchRepositories } from "./watches.ts";

const LIMIT = 200;
const onError = (error: unknown) => {
  throw error;
};

/** The watches of Repositories, whose requests are counted. */
function startWatches() {
  const repositories = new FakeInformer<Repository, RepositoryIndex>(repositoryIndexes);
  const byAge = new RepositoriesByAge();
  const enqueued: string[] = [];
  watchRepositories({
    repositories,
    byAge,
    maxRepositories: LIMIT,
    revisions: new FakeInformer(sharedRevisionIndexes),
    secrets: new FakeInformer({}),
    channel: new EventChannel(onError),
    controller: { enqueue: (key) => void enqueued.push(key) },
    policyReports: { enqueue: () => {} },
    ownership: { channel: new EventChannel(onError), ownsRepository: () => true },
    policies: { channel: new EventChannel(onError) },
    reader: { expire: () => {} },
    foreign: { expire: () => false },
    registry: { get: () => undefined },
    mirrors: { cancelFetch: async () => {} },
    onError,
  });
  return { repositories, byAge, enqueued };
}

describe("many Repositories", { timeout: 60_000 }, () => {
  it.each<[string, (at: number) => string]>([
    ["of one namespace, most of them above its limit", () => "one"],
    ["of namespaces of their own", (at) => `n${at}`],
  ])("%s cost in proportion", async (_, namespaceOf) => {
    await expectInProportion(1000, async (count, measure) => {
      const { repositories, byAge, enqueued } = startWatches();
      const blocked = condition("Ready", "False", "TooManyRepositories");
      const all = Array.from({ length: count }, (_, at) => {
        const more = { name: `r${String(at).padStart(6, "0")}`, namespace: namespaceOf(at), ready: blocked };
        const one = aRepository({ git: { url: `https://git.example.com/r${at}` } }, more);
        return { ...one, metadata: { ...one.metadata, uid: keyOf(one), resourceVersion: "1", generation: 1 } };
      });
      await measure("list", () => {
        for (const one of all) repositories.set(one);
      });
      const rules = { byAge, maxRepositories: LIMIT, allowedTransports: ALL_TRANSPORTS };
      await measure("validate", async () => {
        for (const one of all) {
          validateIn(rules, one);
          await new Promise(setImmediate);
        }
      });
      await measure("relist each namespace", () => {
        for (const namespace of new Set(all.map(({ metadata }) => metadata.namespace))) repositories.relist(namespace);
      });
      await measure("change", async () => {
        for (const one of all) {
          repositories.set({ ...one, metadata: { ...one.metadata, resourceVersion: "2", generation: 2 } });
          await new Promise(setImmediate);
        }
      });
      await measure("delete", async () => {
        for (const one of all) {
          repositories.delete(keyOf(one));
          await new Promise(setImmediate);
        }
      });
      expect(new Set(enqueued).size).toBe(count);
    });
  });
});
