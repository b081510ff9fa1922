/** What is used of WebAssembly: without the types of a browser, TypeScript knows no more of it than the names. */
export interface WebAssemblyApi {
  readonly compile: (bytes: Uint8Array<ArrayBuffer>) => Promise<WasmModule>;
  readonly Module: { readonly imports: (module: WasmModule) => readonly WasmImport[] };
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, WasmFunction>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
}

/** A compiled module; a thread can be sent one without a copy. */
export type WasmModule = WebAssembly.Module;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

export type WasmFunction = (...args: never[]) => number;

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
