import { type Trailer, toLine, valuesOf } from "./trailer-value.ts";

/** Who edited a draft. */
export interface RecordedEditors {
  /** Everybody who edited the draft so far. */
  readonly editors?: readonly string[];
  /** External commits hide a part of the draft's history, so that editors may be missing. */
  readonly editorsUnknown?: true;
}

/** One trailer for each editor. */
export const EDITOR_TRAILER = "Edited-By";
export const EDITORS_UNKNOWN_TRAILER = "Editors-Unknown";
/** More editors than a draft has. */
const MAX_EDITORS = 1000;
/** The name of a user, as the status of an object accepts it. */
export const USER_NAME = /^.{1,1024}$/s;

/** The lines of the trailers of editors. */
export function editorTrailers({ editors = [], editorsUnknown }: RecordedEditors): readonly string[] {
  const lines = editors.map((one) => toLine(EDITOR_TRAILER, one));
  return editorsUnknown === true ? [...lines, `${EDITORS_UNKNOWN_TRAILER}: true`] : lines;
}

export function parseEditorTrailers(trailers: readonly Trailer[]): RecordedEditors {
  const named = valuesOf(EDITOR_TRAILER, trailers);
  const editors = named.filter((one) => USER_NAME.test(one));
  const isUnknown = valuesOf(EDITORS_UNKNOWN_TRAILER, trailers).length > 0;
  return recordedEditors({
    editors: editors.slice(0, MAX_EDITORS),
    editorsUnknown: isUnknown || editors.length < named.length || editors.length > MAX_EDITORS,
  });
}

/** Who edited a draft, as its next commit repeats it. */
export function recordedEditors(
  {
    editors = [],
    editorsUnknown = false,
  }: { readonly editors?: readonly string[]; readonly editorsUnknown?: boolean } = {},
  ...more: readonly string[]
): RecordedEditors {
  const all = [...new Set([...editors, ...more])];
  return { ...(all.length > 0 && { editors: all }), ...(editorsUnknown && { editorsUnknown }) };
}
