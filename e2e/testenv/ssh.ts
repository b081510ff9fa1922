import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createGuard } from "../harness/guard.ts";
import { endProcess, launchProcess } from "../harness/processes.ts";
import { findLibraries, type SshdProgram, type SshServer, startSshServer } from "../harness/ssh-server.ts";
import { waitUntil } from "../harness/wait.ts";
import type { EnvOptions } from "./fixtures.ts";
import type { TestEnv } from "./testenv.ts";

/** An ssh server, and a home of the operator's user that tries to decide what its ssh does. */
export interface SshRig {
  readonly server: SshServer;
  /** A file that exists as soon as a ProxyCommand of the operator's home has run. */
  readonly proxyMarker: string;
  /** For the operator: its ssh finds that home, whoever runs the tests. */
  readonly envOptions: EnvOptions;
  close(): Promise<void>;
}

/**
 * The home has a configuration with a ProxyCommand, a key that may log in, also in an agent, and the server's host
 * keys: what an administrator's own ssh may have.
 */
export async function startSshRig(program: SshdProgram, prefix: string): Promise<SshRig> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-ssh-home-"));
  const server = await startSshServer(program);
  const proxyMarker = join(dir, "proxy-command-ran");
  const config = `Host *\n  ProxyCommand touch ${proxyMarker}; nc %h %p\n`;
  const home = join(dir, "home", ".ssh");
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(join(home, "config"), config, { mode: 0o600 });
  await writeFile(join(home, "id_ed25519"), await server.createKey("ed25519"), { mode: 0o600 });
  await writeFile(join(home, "known_hosts"), await server.knownHost());
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  await writeFile(join(dir, "passwd"), `operator:x:${uid}:${gid}::${dirname(home)}:/bin/sh\n`);
  const preload = join(await findLibraries(program.folder), "libnss_wrapper.so");
  const agent = join(dir, "agent");
  const { ref } = await launchProcess({
    command: "ssh-agent",
    args: ["-D", "-a", agent],
    logFile: join(dir, "agent.log"),
  });
  const guard = createGuard();
  guard.watch(ref);
  await waitUntil("ssh-agent listens", () => existsSync(agent));
  await promisify(execFile)("ssh-add", ["-q", join(home, "id_ed25519")], {
    env: { ...process.env, SSH_AUTH_SOCK: agent },
  });
  const bin = join(dir, "bin");
  await mkdir(bin);
  const command = `LD_PRELOAD=${preload} NSS_WRAPPER_PASSWD=${join(dir, "passwd")} NSS_WRAPPER_GROUP=/dev/null`;
  await writeFile(join(bin, "ssh"), `#!/bin/sh\nPATH='${process.env.PATH}'\n${command} exec ssh "$@"\n`);
  await chmod(join(bin, "ssh"), 0o755);
  return {
    server,
    proxyMarker,
    envOptions: { prefix, operator: { env: { PATH: `${bin}:${process.env.PATH}`, SSH_AUTH_SOCK: agent } } },
    close: async () => {
      await endProcess(ref);
      guard.release(ref);
      guard.close();
      await server.stop();
      await rm(dir, { recursive: true });
    },
  };
}

/** Creates or replaces a Secret `NAME-ssh` for ssh. The private key must not leak. */
export async function applySshSecret(env: TestEnv, name: string, privateKey: string, knownHosts?: string) {
  env.registerSecret(privateKey.split("\n").at(2) ?? "");
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${name}-ssh` },
    type: "kubernetes.io/ssh-auth",
    stringData: { "ssh-privatekey": privateKey, ...(knownHosts !== undefined && { known_hosts: knownHosts }) },
  };
  await env.as("admin").applyYaml(JSON.stringify(secret), "--server-side", "--force-conflicts");
}
