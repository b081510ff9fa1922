import { describe, expect } from "vitest";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { openStore } from "../testing/open-store.ts";
import type { GitPackageStore } from "./package-store.ts";

const BRANCH = "refs/heads/lib/one";

async function changedIn(store: GitPackageStore, onMain = true, kind: "paths" | "modes" = "paths") {
  const packageRevID = { repository: "blue", package: "lib", workspace: "one" };
  const view = await store.observe(aRevision({ spec: { packageRevID } }));
  if (view.found?.kind !== "draft") throw new Error("no draft");
  return [...(await store.changedFiles(view, view.found, onMain))[kind]].toSorted();
}

describe("changedFiles", () => {
  it("are all files of a package that has no revision", async ({ repository }) => {
    await repository.commitFile(MAIN, "readme", "1");
    await repository.git("branch", "lib/one", "main");
    await repository.commitFile(BRANCH, "lib/Kptfile", "1");
    await repository.commitFile(BRANCH, "lib/b/c", "1");
    const { store } = await openStore(repository);
    expect(await changedIn(store)).toEqual(["Kptfile", "b/c"]);
  });

  it("are those added, changed or removed since the latest revision, and on main since", async ({ repository }) => {
    for (const path of ["lib/Kptfile", "lib/b/c", "lib/b/d", "lib/below/f"])
      await repository.commitFile(MAIN, path, "1");
    await repository.git("tag", "lib/v1");
    await repository.git("tag", "lib/below/v1");
    await repository.git("branch", "lib/one", "main");
    await repository.commitFile(BRANCH, "lib/b/c", "2");
    await repository.commitFile(BRANCH, "lib/e", "1");
    await repository.commitFile(BRANCH, "lib/below/f", "2");
    const { store } = await openStore(repository);
    expect(await changedIn(store)).toEqual(["b/c", "e"]);
    await repository.commitFile(MAIN, "lib/b/d", "2");
    await store.fetch();
    expect(await changedIn(store)).toEqual(["b/c", "b/d", "e"]);
    expect(await changedIn(store, false)).toEqual(["b/c", "e"]);
  });

  it("tell which had another mode before, with or without other bytes", async ({ repository }) => {
    for (const path of ["lib/a", "lib/b", "lib/c"]) await repository.commitFile(MAIN, path, "1");
    await repository.git("tag", "lib/v1");
    await repository.git("branch", "lib/one", "main");
    await repository.commitFile(BRANCH, "lib/a", "1", "100755");
    await repository.commitFile(BRANCH, "lib/b", "2", "120000");
    await repository.commitFile(BRANCH, "lib/c", "2");
    await repository.commitFile(BRANCH, "lib/d", "1", "100755");
    const { store } = await openStore(repository);
    expect(await changedIn(store, true, "paths")).toEqual(["a", "b", "c", "d"]);
    expect(await changedIn(store, true, "modes")).toEqual(["a", "b"]);
  });
});
