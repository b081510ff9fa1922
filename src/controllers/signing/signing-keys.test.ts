import { it as base, describe, expect } from "vitest";
import type { KubeObject, ObjectKey, Resource } from "../../api/meta.ts";
import { ApiError } from "../../kube/client/errors.ts";
import type { Logger } from "../../runtime/log.ts";
import { allowedSigner } from "../../storage/git/signing/allowed-signers.ts";
import { Keyring } from "../../storage/git/signing/keyring.ts";
import { generatePrivateKey } from "../../storage/git/signing/private-key.ts";
import type { ConfigMap, Secret } from "../shared/kinds.ts";
import { setupSigning } from "./setup.ts";
import { ALLOWED_SIGNERS, PRIVATE_KEY, SigningKeys } from "./signing-keys.ts";

const AT = { namespace: "pkgserver-system", secretName: "key" };
const TAG = Buffer.from(`object ${"1".repeat(40)}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nPublish\n`);

/** Secrets and ConfigMaps in memory; `beforeWrite` lets another replica come first. */
class Cluster {
  readonly objects = new Map<string, KubeObject>();
  beforeWrite: (kind: string) => void = () => {};
  writes = 0;
  #version = 0;

  readonly client = {
    get: async <T extends KubeObject>({ kind }: Resource<T>, { name }: ObjectKey): Promise<T> =>
      structuredClone((this.objects.get(`${kind}/${name}`) ?? fail(404, "NotFound")) as T),
    create: async <T extends KubeObject>({ kind }: Resource<T>, object: T): Promise<T> => {
      this.beforeWrite(kind);
      return this.objects.has(`${kind}/${object.metadata.name}`) ? fail(409, "AlreadyExists") : this.put(kind, object);
    },
    update: async <T extends KubeObject>({ kind }: Resource<T>, object: T): Promise<T> => {
      this.beforeWrite(kind);
      const present = this.objects.get(`${kind}/${object.metadata.name}`);
      if (present?.metadata.resourceVersion !== object.metadata.resourceVersion) return fail(409, "Conflict");
      return this.put(kind, object);
    },
  };

  put<T extends KubeObject>(kind: string, object: T): T {
    this.writes++;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.objects.set(`${kind}/${object.metadata.name}`, stored);
    return stored;
  }

  putKey(text: string): void {
    const metadata = { ...{ namespace: AT.namespace }, name: AT.secretName };
    this.put<Secret>("Secret", { metadata, data: { [PRIVATE_KEY]: Buffer.from(text).toString("base64") } });
  }

  get key(): string {
    const { data } = this.objects.get(`Secret/${AT.secretName}`) as Secret;
    return Buffer.from(data?.[PRIVATE_KEY] ?? "", "base64").toString();
  }

  get signers(): string {
    return (this.objects.get(`ConfigMap/${ALLOWED_SIGNERS.name}`) as ConfigMap).data?.[ALLOWED_SIGNERS.key] ?? "";
  }
}

function fail(code: number, reason: string): never {
  throw new ApiError({ code, reason, message: reason });
}

const it = base
  .extend("cluster", () => new Cluster())
  .extend("keys", ({ cluster }) => new SigningKeys({ ...AT, client: cluster.client }));

describe("SigningKeys", () => {
  it("creates a key and publishes its public part; a second start changes nothing", async ({ cluster, keys }) => {
    const keyring = new Keyring();
    expect(await keys.load(keyring)).toBe(true);
    const line = allowedSigner("pkgserver@noreply.pkgserver.dev", Keyring.publicKeyOf(cluster.key));
    expect(cluster.signers).toBe(`${line}\n`);
    expect(await keyring.isSigned("tag", keyring.sign("tag", TAG, "sha1"), "sha1")).toBe(true);
    const { writes } = cluster;
    expect(await keys.load(keyring)).toBe(false);
    expect(cluster.writes).toBe(writes);
  });

  it("uses the key of a replica that started at the same time", async ({ cluster, keys }) => {
    const first = generatePrivateKey();
    cluster.beforeWrite = (kind) => {
      cluster.beforeWrite = () => {};
      if (kind === "Secret") cluster.putKey(first);
    };
    const keyring = new Keyring();
    await keys.load(keyring);
    expect(cluster.key).toBe(first);
    expect(cluster.signers).toContain(Keyring.publicKeyOf(first));
  });

  it("keeps the lines of others, also of one that writes at the same time", async ({ cluster, keys }) => {
    const metadata = { namespace: AT.namespace, name: ALLOWED_SIGNERS.name };
    const [theirs, retired] = [generatePrivateKey(), generatePrivateKey()].map(Keyring.publicKeyOf) as [string, string];
    const text = `# of us\n${allowedSigner("old@example.com", retired)}`;
    cluster.put<ConfigMap>("ConfigMap", { metadata, data: { [ALLOWED_SIGNERS.key]: text, other: "kept" } });
    cluster.putKey(generatePrivateKey());
    cluster.beforeWrite = () => {
      cluster.beforeWrite = () => {};
      const data = { [ALLOWED_SIGNERS.key]: `${text}\n${allowedSigner("b@example.com", theirs)}\n`, other: "kept" };
      cluster.put<ConfigMap>("ConfigMap", { metadata, data });
    };
    await keys.load(new Keyring());
    expect(cluster.signers.split("\n").slice(0, 3)).toEqual([
      "# of us",
      allowedSigner("old@example.com", retired),
      allowedSigner("b@example.com", theirs),
    ]);
    expect(await keys.readKnown()).toEqual([retired, theirs, Keyring.publicKeyOf(cluster.key)]);
    expect((cluster.objects.get(`ConfigMap/${ALLOWED_SIGNERS.name}`) as ConfigMap).data?.other).toBe("kept");
  });

  it("signs with a replaced key, and still knows the signatures of the one before", async ({ cluster, keys }) => {
    const keyring = new Keyring();
    await keys.load(keyring);
    const before = keyring.sign("tag", TAG, "sha1");
    cluster.putKey(generatePrivateKey());
    expect(await keys.load(keyring)).toBe(true);
    const after = keyring.sign("tag", TAG, "sha1");
    expect(after).not.toEqual(before);
    for (const tag of [before, after]) expect(await keyring.isSigned("tag", tag, "sha1")).toBe(true);
    expect(cluster.signers.trimEnd().split("\n")).toHaveLength(2);
    // Lost, by a restore of etcd for example; a line that was taken out stays out.
    const { signers } = cluster;
    cluster.objects.delete(`ConfigMap/${ALLOWED_SIGNERS.name}`);
    expect(await keys.load(keyring)).toBe(false);
    expect(cluster.signers).toBe(signers);
    const [, second] = signers.split("\n");
    const metadata = { namespace: AT.namespace, name: ALLOWED_SIGNERS.name };
    cluster.put<ConfigMap>("ConfigMap", { metadata, data: { [ALLOWED_SIGNERS.key]: `${second}\n` } });
    expect(await keys.load(keyring)).toBe(true);
    expect(cluster.signers).toBe(`${second}\n`);
    expect(await keyring.isSigned("tag", before, "sha1")).toBe(false);
  });

  it("names the Secret whose key cannot be used, and not the key", async ({ cluster, keys }) => {
    cluster.putKey("-----BEGIN PRIVATE KEY-----\nc2VjcmV0IG1hdGVyaWFs\n-----END PRIVATE KEY-----\n");
    const loading = keys.load(new Keyring());
    await expect(loading).rejects.toThrow("the key ssh-privatekey of Secret pkgserver-system/key cannot be used");
    await expect(loading).rejects.not.toThrow("c2VjcmV0");
  });
});

describe("setupSigning", () => {
  const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log };
  const open = (cluster: Cluster, errors: unknown[] = []) =>
    setupSigning({ ...AT, client: cluster.client, log, onError: (error) => void errors.push(error), intervalMs: 5 });

  it("uses a replaced key without a restart, keeps it while the Secret is unusable, and tells of each change", async ({
    cluster,
    onTestFinished,
  }) => {
    const errors: unknown[] = [];
    const { keyring, channel, runnable } = open(cluster, errors);
    await runnable.start(new AbortController().signal);
    onTestFinished(() => runnable.stop(new AbortController().signal));
    const before = keyring.sign("tag", TAG, "sha1");
    const { promise, resolve } = Promise.withResolvers<void>();
    channel.subscribe(() => resolve());
    cluster.putKey(generatePrivateKey());
    await promise;
    const after = keyring.sign("tag", TAG, "sha1");
    expect(after).not.toEqual(before);
    cluster.putKey("nonsense");
    await expect.poll(() => String(errors.at(-1))).toContain("cannot be used");
    expect(keyring.sign("tag", TAG, "sha1")).toEqual(after);
  });

  it("reads at once what a watch tells of, also while it is still reading", async ({ cluster, onTestFinished }) => {
    const told = new Set<(next: undefined, previous: undefined) => void>();
    const states: string[] = [];
    const watch = {
      onChange: (handler: (next: undefined, previous: undefined) => void) => {
        told.add(handler);
        return () => told.delete(handler);
      },
      start: () => void states.push("started"),
      stop: async () => void states.push("stopped"),
    };
    const tell = () => {
      for (const handler of told) handler(undefined, undefined);
    };
    const options = { ...AT, client: cluster.client, log, onError: () => {}, watches: [watch], intervalMs: 3_600_000 };
    const { keyring, channel, runnable } = setupSigning(options);
    const stop = () => runnable.stop(new AbortController().signal);
    onTestFinished(stop);
    await runnable.start(new AbortController().signal);
    const changes: string[] = [];
    channel.subscribe(() => {
      changes.push(keyring.known.at(-1) ?? "");
      // The next change comes before this one is done with.
      if (changes.length > 1) return;
      cluster.putKey(generatePrivateKey());
      tell();
    });
    cluster.putKey(generatePrivateKey());
    tell();
    await expect.poll(() => changes.length).toBe(2);
    expect(changes[1]).toBe(Keyring.publicKeyOf(cluster.key));
    await stop();
    expect(states).toEqual(["started", "stopped"]);
  });

  it("does not start with an unusable key", async ({ cluster }) => {
    cluster.putKey("nonsense");
    await expect(open(cluster).runnable.start(new AbortController().signal)).rejects.toThrow("cannot be used");
  });

  it("learns the key of another replica from the first object that is signed with it", async ({ cluster }) => {
    const one = setupSigning({ ...AT, client: cluster.client, log, onError: () => {}, intervalMs: 60_000 });
    await one.runnable.start(new AbortController().signal);
    cluster.putKey(generatePrivateKey());
    const other = new Keyring();
    await new SigningKeys({ ...AT, client: cluster.client }).load(other);
    expect(await one.keyring.isSigned("tag", other.sign("tag", TAG, "sha1"), "sha1")).toBe(true);
    await one.runnable.stop(new AbortController().signal);
  });
});
