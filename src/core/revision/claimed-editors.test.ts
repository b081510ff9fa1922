import { describe, expect, it } from "vitest";
import { MAX_CLAIMED, mayHaveUnknownEditors, mergeClaims, readClaim } from "./claimed-editors.ts";
import { renderCommitMessage } from "./commit-trailers.ts";

const made = { path: "dns", workspace: "one", lifecycle: "draft", metadata: {} } as const;
const messageOf = (...editors: readonly string[]) => renderCommitMessage("Edit dns", { ...made, editors });

describe("the editors that a commit without a valid signature claims", () => {
  it("are all that an operator has written into it, whatever was added below", () => {
    const names = ["carol", " odd\nname", '"quoted"'];
    expect(readClaim(messageOf(...names))).toEqual({ claimed: names });
    expect(readClaim(`${messageOf("carol")}\nSigned-off-by: zoe\n`)).toEqual({ claimed: ["carol"] });
  });

  it("are none in a person's message", () => {
    expect(readClaim("Edit dns\n\nEdited-By: carol")).toEqual({});
  });

  it("are not all known if the commit says so, or if they are too many to be kept", () => {
    expect(readClaim(renderCommitMessage("Edit dns", { ...made, editorsUnknown: true }))).toEqual({
      editorsUnknown: true,
    });
    const half = "x".repeat(MAX_CLAIMED / 2 - 1);
    expect(readClaim(messageOf(`a${half}`, `b${half}`))).toEqual({ editorsUnknown: true });
    const claims = [readClaim(messageOf(`a${half}`)), readClaim(messageOf(`b${half}`))];
    expect(mergeClaims(claims)).toEqual({ editorsUnknown: true });
    expect(mergeClaims([...claims.slice(1), { editorsUnknown: true }])).toEqual({ editorsUnknown: true });
    expect(mergeClaims([readClaim(messageOf("carol", "zoe")), {}, readClaim(messageOf("carol"))])).toEqual({
      claimed: ["carol", "zoe"],
    });
  });

  it("hide nobody whom the object or the operator's commits name as well", () => {
    expect(mayHaveUnknownEditors({ claimed: ["carol", "zoe"] }, ["zoe", "carol"])).toBe(false);
    expect(mayHaveUnknownEditors({ claimed: ["carol", "zoe"] }, ["zoe"])).toBe(true);
    expect(mayHaveUnknownEditors({ editorsUnknown: true }, [])).toBe(true);
    expect(mayHaveUnknownEditors({}, [])).toBe(false);
  });
});
