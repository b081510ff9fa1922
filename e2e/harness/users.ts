import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** admin may do everything (system:masters); the others have only the rights that a test or a demo gives them. */
export const USER_NAMES = ["admin", "alice", "bob", "carol", "dave"] as const;
export type UserName = (typeof USER_NAMES)[number];

/** Writes a token file for the API server with a new random token for each user, and returns the tokens. */
export async function writeTokens(file: string): Promise<Readonly<Record<UserName, string>>> {
  const tokens = Object.fromEntries(USER_NAMES.map((name) => [name, randomBytes(24).toString("hex")]));
  const lines = Object.entries(tokens).map(([name, token]) =>
    [token, name, name, ...(name === "admin" ? ['"system:masters"'] : [])].join(","),
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return tokens as Record<UserName, string>;
}

/** Generates the key that signs ServiceAccount tokens, once: tokens stay valid when the control plane restarts. */
export async function ensureServiceAccountKey(file: string): Promise<void> {
  if (existsSync(file)) return;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
}
