import { isAbsolute } from "node:path";
import { isMap, type YAMLMap } from "yaml";
import { parseDuration } from "../../core/identity/duration.ts";
import { keyText, nodeAt, seqAt, stringAt } from "../../core/render/nodes/read.ts";
import { locate } from "../../core/validation/text-position.ts";
import { readChecked } from "../../core/validation/yaml/read-checked.ts";
import { DEFAULT_PROGRAM_LIMITS, type ProgramLimits } from "../limits.ts";
import type { AllowedProgram, FunctionSettings, RunnerSettings, RunnerTls } from "./settings.ts";

/** A file of settings is wrong. The message names the field, and what is expected. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const MAX_FUNCTIONS = 1000;
const MAX_IMAGES = 1000;
const MAX_TIME_MS = 600_000;
const MEMORY_RANGE = { min: 1024 ** 2, max: 4 * 1024 ** 3 - 65_536 };
const OUTPUT_RANGE = { min: 1024, max: 256 * 1024 ** 2 };
const UNITS: Readonly<Record<string, number>> = { "": 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

/** Reads the settings of functions: YAML. Throws a SettingsError. */
export function readSettings(text: string): FunctionSettings {
  const read = readChecked(text);
  if ("problems" in read) {
    const [problem] = read.problems;
    throw new SettingsError(`line ${locate(text, problem?.offset ?? 0).line}: ${problem?.message}`);
  }
  const root = read.documents[0]?.contents;
  if (!isMap(root)) throw new SettingsError("a mapping with `functions` and `runner` is expected");
  checkKeys(root, "", ["functions", "runner"]);
  const functions = mapOf(root, "functions", "");
  const runner = mapOf(root, "runner", "");
  if ((functions?.items.length ?? 0) > MAX_FUNCTIONS)
    throw new SettingsError(`functions: at most ${MAX_FUNCTIONS} are expected`);
  const entries = (functions?.items ?? []).map(({ key, value }) => {
    const image = keyText(key) ?? "";
    if (!isMap(value)) throw new SettingsError(`functions[${image}]: a mapping is expected`);
    return [image, readAllowed(value, `functions[${image}]`)] as const;
  });
  return { functions: new Map(entries), ...(runner !== undefined && { runner: readRunner(runner) }) };
}

function readAllowed(node: YAMLMap, field: string): AllowedProgram {
  checkKeys(node, field, ["wasm", "exec", "digest", "limits"]);
  const [wasm, exec, digest] = [stringAt(node, "wasm"), stringAt(node, "exec"), stringAt(node, "digest")];
  if ((wasm === "") === (exec === "")) throw new SettingsError(`${field}: one of wasm and exec is expected`);
  const file = wasm === "" ? exec : wasm;
  if (!isAbsolute(file)) throw new SettingsError(`${field}: ${file} is no absolute path`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new SettingsError(
      `${field}.digest: sha256: and 64 hexadecimal digits are expected, as sha256sum prints them`,
    );
  return { kind: wasm === "" ? "exec" : "wasm", file, digest, limits: readLimits(node, field) };
}

function readRunner(node: YAMLMap): RunnerSettings {
  checkKeys(node, "runner", ["address", "images", "limits", "tls"]);
  const address = stringAt(node, "address");
  if (!/^[^\s/]+:[0-9]{1,5}$/.test(address))
    throw new SettingsError("runner.address: host:port is expected, such as function-runner.porch-system:9445");
  const images = (seqAt(node, "images")?.items ?? []).map((item) => keyText(item) ?? "");
  if (images.length === 0 || images.length > MAX_IMAGES || images.includes(""))
    throw new SettingsError('runner.images: a list of images, of folders that end in /, or "*" is expected');
  const tls = mapOf(node, "tls", "runner");
  return { address, images, limits: readLimits(node, "runner"), ...(tls !== undefined && { tls: readTls(tls) }) };
}

function readTls(node: YAMLMap): RunnerTls {
  checkKeys(node, "runner.tls", ["ca"]);
  const ca = stringAt(node, "ca");
  if (ca === "") return {};
  if (!isAbsolute(ca)) throw new SettingsError(`runner.tls.ca: ${ca} is no absolute path`);
  return { ca };
}

function readLimits(parent: YAMLMap, parentField: string): ProgramLimits {
  const field = `${parentField}.limits`;
  const node = mapOf(parent, "limits", parentField);
  if (node === undefined) return DEFAULT_PROGRAM_LIMITS;
  checkKeys(node, field, ["time", "memory", "output"]);
  return {
    timeMs: readTime(node, `${field}.time`),
    memoryBytes: readBytes(node, "memory", field, DEFAULT_PROGRAM_LIMITS.memoryBytes, MEMORY_RANGE),
    outputBytes: readBytes(node, "output", field, DEFAULT_PROGRAM_LIMITS.outputBytes, OUTPUT_RANGE),
  };
}

function readTime(node: YAMLMap, field: string): number {
  const text = stringAt(node, "time");
  const ms = text === "" ? DEFAULT_PROGRAM_LIMITS.timeMs : parseDuration(text);
  if (ms === undefined || ms < 100 || ms > MAX_TIME_MS)
    throw new SettingsError(`${field}: a duration from 100ms to 10m is expected, such as 30s`);
  return ms;
}

function readBytes(node: YAMLMap, key: string, field: string, byDefault: number, range: typeof MEMORY_RANGE): number {
  const text = stringAt(node, key);
  const match = /^([0-9]{1,12})(Ki|Mi|Gi|)$/.exec(text);
  const bytes = text === "" ? byDefault : Number(match?.[1]) * (UNITS[match?.[2] ?? ""] ?? 1);
  if (bytes >= range.min && bytes <= range.max) return bytes;
  throw new SettingsError(`${field}.${key}: ${range.min} to ${range.max} bytes are expected, such as 64Mi`);
}

function mapOf(node: YAMLMap, key: string, parent: string): YAMLMap | undefined {
  const value = nodeAt(node, key);
  if (value === undefined || ("value" in value && value.value === null)) return undefined;
  if (isMap(value)) return value;
  throw new SettingsError(`${parent === "" ? "" : `${parent}.`}${key}: a mapping is expected`);
}

function checkKeys(node: YAMLMap, field: string, known: readonly string[]): void {
  for (const { key } of node.items) {
    const name = keyText(key) ?? "";
    if (!known.includes(name))
      throw new SettingsError(
        `${field === "" ? "" : `${field}: `}${name} is no setting; known are ${known.join(", ")}`,
      );
  }
}
