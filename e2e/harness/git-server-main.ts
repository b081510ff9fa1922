import { readFile, rename, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Credentials, startGitServer } from "./git-server.ts";

/**
 * Runs the git server as a process: `node git-server-main.ts --root DIR --credentials FILE --port N --ready FILE`. The
 * credentials file contains `{user, password}`; `{port}` is written to the ready file once the server listens.
 */
async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { root: text, credentials: text, port: text, ready: text } });
  const { root, credentials, port = "0", ready } = values;
  if (!root || !credentials || !ready) throw new Error("--root, --credentials and --ready are needed");
  const server = await startGitServer({
    root,
    port: Number(port),
    credentials: JSON.parse(await readFile(credentials, "utf8")) as Credentials,
  });
  process.once("SIGTERM", () => void server.stop());
  await writeFile(`${ready}.new`, JSON.stringify({ port: server.port }));
  await rename(`${ready}.new`, ready);
}

await main();
