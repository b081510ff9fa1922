import type { ShownFile } from "../../../core/files/package-file.ts";
import { StepEnv } from "./step-env.ts";

/** Two files of this size do not fit on one page. */
const BIG = 300 * 1024;
/** The status that pages are created with. */
export const STATUS = { frozen: false, commit: "c1", read: { hidden: [], files: [] } } as const;

/** The files f1, f2, …, each as large as a page. */
export function filesOf(...texts: string[]): readonly ShownFile[] {
  return texts.map((text, index) => ({ path: `f${index + 1}`, encoding: "text", value: text.padEnd(BIG, ".") }));
}

/** A package revision whose contents take one page for each text. */
export async function pagesWith(...texts: string[]) {
  const env = await StepEnv.open();
  const name = env.create("dns");
  const owner = env.revision(name);
  await env.contents.create(owner, filesOf(...texts), STATUS);
  return { env, name, owner };
}
