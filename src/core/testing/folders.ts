import type { Folder } from "../validation/target/folder.ts";

/** A folder with files of these ids, by path. Equal folders have equal ids. */
export function aFolder(files: Readonly<Record<string, string>>): Folder {
  const own = new Map<string, string>();
  const below = new Map<string, Record<string, string>>();
  for (const [path, oid] of Object.entries(files)) {
    const at = path.indexOf("/");
    if (at === -1) own.set(path, oid);
    else below.set(path.slice(0, at), { ...below.get(path.slice(0, at)), [path.slice(at + 1)]: oid });
  }
  const folders = new Map([...below].map(([name, entries]) => [name, aFolder(entries)] as const));
  const size = [...folders.values()].reduce((sum, one) => sum + one.size, own.size + folders.size);
  return { oid: JSON.stringify(files), files: own, folders, size };
}
