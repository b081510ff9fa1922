import { extname } from "node:path";

/** A module of `workers`. The bundle is one file beside that folder; in the source this file has its own folder. */
export function workerUrl(name: string): URL {
  const folder = import.meta.url.endsWith("/app/worker-url.ts") ? "../workers" : "./workers";
  return new URL(`${folder}/${name}${extname(import.meta.url)}`, import.meta.url);
}
