import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const absent = join(import.meta.dirname, "no-such-kubeconfig");

describe("a KUBECONFIG that is not there", () => {
  it.each(["install.ts", "run.ts", "check-invariants.ts"])(
    "is told by %s, which tries no other cluster",
    async (file) => {
      const command = promisify(execFile)(process.execPath, [join(import.meta.dirname, file), absent], {
        env: { ...process.env, KUBECONFIG: absent },
      });
      const stderr = `KUBECONFIG=${absent}: there is no such file; set it to the file of a cluster\n`;
      await expect(command).rejects.toThrow(expect.objectContaining({ stderr }));
    },
  );
});
