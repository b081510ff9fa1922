import { describe, expect, it } from "vitest";
import { groupScript } from "./process-group.ts";

describe("groupScript", () => {
  it("limits memory in KiB and files in blocks of 512 bytes, and kills the whole process group", () => {
    expect(groupScript({ memoryBytes: 512 * 1024 * 1024, fileBytes: 4 * 1024 * 1024 * 1024 })).toBe(
      `ulimit -d "\${PKGSERVER_DATA_KIB:-524288}" 2>/dev/null || :
ulimit -f "\${PKGSERVER_FILE_BLOCKS:-8388608}" 2>/dev/null || :
trap '' XFSZ
exec 3<&0
setsid git "$@" <&3 3<&- &
child=$!
exec 3<&-
trap 'kill -KILL "-$child"' INT TERM
wait "$child"
`,
    );
  });
});
