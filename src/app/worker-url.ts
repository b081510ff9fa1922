import { extname } from "node:path";

/** The WebAssembly module of starlark: beside the bundle; of the source, where `make starlark` writes it. */
export function starlarkUrl(): URL {
  const isSource = import.meta.url.endsWith("/app/worker-url.ts");
  return new URL(isSource ? "../../dist/starlark.wasm" : "./starlark.wasm", import.meta.url);
}

/** A module of `workers`. The bundle is one file beside that folder; in the source this file has its own folder. */
export function workerUrl(name: string): URL {
  const folder = import.meta.url.endsWith("/app/worker-url.ts") ? "../workers" : "./workers";
  return new URL(`${folder}/${name}${extname(import.meta.url)}`, import.meta.url);
}
