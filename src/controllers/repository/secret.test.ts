import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../kube/client/errors.ts";
import { createLog } from "../../runtime/log.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { Secret } from "../shared/kinds.ts";
import { readCredentials } from "./credentials.ts";
import { SecretReader } from "./secret.ts";
import { identifySecret } from "./secret-identity.ts";

const REQUEST = {
  namespace: "team",
  name: "git-auth",
  url: "https://git.example.com/p.git",
  boundOnly: false,
  repository: "team/catalog",
};
/** Bytes of a value. */
const MAX = 65_536;

function secretOf(
  data: Readonly<Record<string, string>>,
  version = "1",
  annotations: Readonly<Record<string, string>> = {},
): Secret {
  const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "git-auth", namespace: "team", uid: "u", resourceVersion: version, annotations },
    data: Object.fromEntries(encoded),
  };
}

describe("readCredentials", () => {
  it("reads user name and password", () => {
    const credentials = { kind: "basic", username: "ann", password: "pässword" };
    expect(readCredentials(secretOf({ username: "ann", password: "pässword" }), MAX)).toEqual({ credentials });
  });

  it("reads them without the line end of a file, and with blanks, which may be part of a password", () => {
    const credentials = { kind: "basic", username: "ann", password: " p " };
    expect(readCredentials(secretOf({ username: "ann\n", password: " p \r\n" }), MAX)).toEqual({ credentials });
  });

  it("reads a bearer token without the line break at its end, and prefers it to a password", () => {
    const data = { bearerToken: "t0ken\n", username: "ann", password: "p" };
    expect(readCredentials(secretOf(data), MAX)).toEqual({ credentials: { kind: "bearer", token: "t0ken" } });
  });

  it("reads a key with the hosts that it may be used for", () => {
    const credentials = { kind: "ssh", privateKey: "KEY", knownHosts: "host ssh-ed25519 AAAA" };
    const data = { "ssh-privatekey": "KEY", known_hosts: "host ssh-ed25519 AAAA" };
    expect(readCredentials(secretOf(data), MAX)).toEqual({ credentials });
  });

  it("reads a certificate authority, alone and beside credentials", () => {
    expect(readCredentials(secretOf({ "ca.crt": "CA" }), MAX)).toEqual({ caCertificate: "CA" });
    expect(readCredentials(secretOf({ "ca.crt": "CA", bearerToken: "t" }), MAX)).toEqual({
      caCertificate: "CA",
      credentials: { kind: "bearer", token: "t" },
    });
  });

  it.each([
    ["a key without known_hosts: any host could be connected to", { "ssh-privatekey": "KEY" }, "known_hosts"],
    ["a password without a user name", { password: "secret" }, "username beside password"],
    ["a user name without a password", { username: "ann" }, "username and password"],
    ["no known key", { other: "secret" }, "username and password"],
    ["nothing", {}, "username and password"],
  ])("refuses a Secret with %s", (_, data, missing) => {
    const read = () => readCredentials(secretOf(data), MAX);
    expect(read).toThrow(expect.objectContaining({ reason: "InvalidCredentials", retry: "backoff" }));
    expect(read).toThrow(`Secret git-auth has no ${missing}`);
    expect(read).not.toThrow("secret");
  });
});

describe("SecretReader", () => {
  /** `stored`: what the API server has, by `namespace/name`. */
  function start(stored: Map<string, Secret>) {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    const log = createLog({ stream });
    const get = async (_: unknown, { namespace, name }: { namespace: string; name: string }) => {
      const found = stored.get(`${namespace}/${name}`);
      if (found === undefined) throw new ApiError({ code: 404, reason: "NotFound", message: "not found" });
      return found;
    };
    const client = { get } as unknown as ControllerContext["client"];
    const print = (text: string) => {
      log.info(text);
      return JSON.parse(lines.at(-1) ?? "").msg as string;
    };
    return { reader: new SecretReader({ client, log, maxSecretValue: MAX }), print };
  }

  it("has the log redact every value in use, but for user names, hosts and certificates", async () => {
    const data = {
      password: "pass-word",
      bearerToken: "bearer-token",
      "ssh-privatekey": "private-key",
      unknown: "un-known",
      large: "x".repeat(700_000),
      username: "user-name",
      known_hosts: "known-hosts",
      "ca.crt": "certificate",
    };
    const { reader, print } = start(new Map([["team/git-auth", secretOf(data)]]));
    await reader.read(REQUEST);
    const secrets = ["pass-word", "bearer-token", "private-key"];
    expect(secrets.map(print)).toEqual(secrets.map(() => "[redacted]"));
    const open = ["user-name", "known-hosts", "certificate", "un-known", "x".repeat(100)];
    expect(open.map(print)).toEqual(open);
  });

  it("redacts the old password and the new one after a change", async () => {
    const stored = new Map([["team/git-auth", secretOf({ username: "ann", password: "old-one" })]]);
    const { reader, print } = start(stored);
    await reader.read(REQUEST);
    stored.set("team/git-auth", secretOf({ username: "ann", password: "new-one" }, "2"));
    expect(await reader.read(REQUEST)).toMatchObject({ credentials: { password: "new-one" } });
    expect(print("old-one new-one")).toBe("[redacted] [redacted]");
  });

  it("redacts the two newest passwords of a Repository, and none once it is released", async () => {
    const stored = new Map<string, Secret>();
    const { reader, print } = start(stored);
    for (const version of ["first", "second", "third"]) {
      stored.set("team/git-auth", secretOf({ username: "ann", password: `${version}-one` }, version));
      await reader.read(REQUEST);
      await reader.read({ ...REQUEST, repository: `team/${version}` });
    }
    for (const version of ["first", "second"]) reader.release(`team/${version}`);
    expect(print("first-one second-one third-one")).toBe("first-one [redacted] [redacted]");
    reader.release(REQUEST.repository);
    expect(print("second-one third-one")).toBe("second-one [redacted]");
    reader.release("team/third");
    expect(print("second-one third-one")).toBe("second-one third-one");
  });

  it("redacts a token without the line break at its end, which is not sent", async () => {
    const { reader, print } = start(new Map([["team/git-auth", secretOf({ bearerToken: "to-ken\n" })]]));
    await reader.read(REQUEST);
    expect(print("sent to-ken.")).toBe("sent [redacted].");
  });

  it("decodes no other key of the Secret", async () => {
    const secret = secretOf({ username: "ann", password: "pass-word" });
    const data = Object.defineProperty({ ...secret.data }, "ca-bundle", {
      enumerable: true,
      get: () => {
        throw new Error("was read");
      },
    });
    const { reader } = start(new Map([["team/git-auth", { ...secret, data }]]));
    expect(await reader.read(REQUEST)).toMatchObject({ credentials: { password: "pass-word" } });
  });

  it.each(["password", "username", "bearerToken", "ssh-privatekey", "known_hosts", "ca.crt"])(
    "refuses a value of more than 64 KiB that it needs: %s",
    async (key) => {
      const base = { known_hosts: "h", ...(key === "known_hosts" && { "ssh-privatekey": "k" }), username: "ann" };
      const read = async (size: number) => {
        const data = { password: "pass-word", ...base, [key]: "ä".repeat(size / 2) };
        return await start(new Map([["team/git-auth", secretOf(data)]])).reader.read(REQUEST);
      };
      await expect(read(MAX)).resolves.toEqual(expect.anything());
      await expect(read(MAX + 2)).rejects.toMatchObject({
        reason: "SecretTooLarge",
        retry: "backoff",
        message:
          `the key ${key} of the Secret git-auth has 65538 bytes, and a value of more than 65536 is not used: ` +
          "shorten it, or have the administrator raise PKGSERVER_MAX_SECRET_VALUE of the operator (the chart's " +
          "maxSecretValue)",
      });
    },
  );

  it("uses a token beside a password that is too large, and neither decodes nor redacts that one", async () => {
    const password = "p".repeat(700_000);
    const stored = new Map([["team/git-auth", secretOf({ bearerToken: "to-ken", username: "ann", password })]]);
    const { reader, print } = start(stored);
    expect(await reader.read(REQUEST)).toMatchObject({ credentials: { kind: "bearer", token: "to-ken" } });
    expect(print("pppppppppp to-ken")).toBe("pppppppppp [redacted]");
  });

  it("redacts what is in a Secret that cannot be used", async () => {
    const { reader, print } = start(new Map([["team/git-auth", secretOf({ password: "pass-word" })]]));
    await expect(reader.read(REQUEST)).rejects.toMatchObject({ reason: "InvalidCredentials" });
    expect(print("pass-word")).toBe("[redacted]");
  });

  it("reports a Secret that does not exist", async () => {
    const { reader } = start(new Map([["other/git-auth", secretOf({})]]));
    await expect(reader.read(REQUEST)).rejects.toMatchObject({
      reason: "SecretNotFound",
      retry: "backoff",
      message: "there is no Secret git-auth (spec.git.credentials) in this namespace",
    });
  });

  describe("of a Secret that is bound to hosts", () => {
    const ALLOWED = "pkg.pkgserver.dev/allowed-hosts";
    const readFor = async (request: object, annotations: Readonly<Record<string, string>>) => {
      const secret = secretOf({ username: "ann", password: "pass-word" }, "1", annotations);
      return await start(new Map([["team/git-auth", secret]])).reader.read({ ...REQUEST, ...request });
    };
    const refused = (message: RegExp) => ({
      reason: "HostNotAllowed",
      retry: "backoff",
      message: expect.stringMatching(message),
    });

    it("gives the password to its hosts only", async () => {
      const annotations = { [ALLOWED]: "git.example.com" };
      expect(await readFor({}, annotations)).toMatchObject({ credentials: { password: "pass-word" } });
      expect(await readFor({ boundOnly: true }, annotations)).toMatchObject({ credentials: { password: "pass-word" } });
      await expect(readFor({ url: "https://evil.example/p" }, annotations)).rejects.toMatchObject(
        refused(/^the Secret git-auth may not be sent to evil\.example:443 \(https\): .*allowed-hosts does not name/),
      );
      await expect(readFor({ url: "/srv/git/p" }, annotations)).rejects.toMatchObject(
        refused(/may not be sent to the address in spec\.git\.url/),
      );
    });

    it("refuses every host where the annotation cannot be read", async () => {
      await expect(readFor({}, { [ALLOWED]: "git.example.com,*" })).rejects.toMatchObject(
        refused(/is invalid, so that it is sent to no host/),
      );
      await expect(readFor({}, { [ALLOWED]: "" })).rejects.toMatchObject(refused(/is invalid/));
    });

    it("refuses a Secret that is not bound where the Repository requires it", async () => {
      await expect(readFor({ boundOnly: true }, {})).rejects.toMatchObject(
        refused(/^the Secret git-auth is bound to no host, which pkg\.pkgserver\.dev\/bound-credentials .* requires/),
      );
    });
  });
});

describe("identifySecret", () => {
  it("keeps no annotation, which kubectl fills with the values", () => {
    const secret = secretOf({ password: "pass-word" }, "7", {
      "kubectl.kubernetes.io/last-applied-configuration": "x",
    });
    expect(identifySecret(secret)).toEqual({
      metadata: { name: "git-auth", namespace: "team", uid: "u", resourceVersion: "7" },
    });
  });
});
