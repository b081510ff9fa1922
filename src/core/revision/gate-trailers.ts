import { type Trailer, toLine, valuesOf } from "./trailer-value.ts";

/** A gate that was True for the contents of a publication, at the time of the publication. */
export interface RecordedGate {
  /** As `spec.readinessGates` names it. */
  readonly conditionType: string;
  /** When it became True, as its verdict says; RFC 3339. */
  readonly at?: string;
}

/** One trailer for each gate. */
const GATE_TRAILER = "Gate-Passed";
/** The limits of `spec.readinessGates` of a package revision and its Repository. */
const MAX_GATES = 32;
const MAX_LENGTH = 316;
const LINE =
  /^(-|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})) (.+)$/s;

/** The lines of the trailers of gates. */
export function gateTrailers(gates: readonly RecordedGate[] = []): readonly string[] {
  return gates.map(({ conditionType, at = "-" }) => toLine(GATE_TRAILER, `${at} ${conditionType}`));
}

/** What is not as the operator writes it is left out. */
export function parseGateTrailers(trailers: readonly Trailer[]): readonly RecordedGate[] {
  return valuesOf(GATE_TRAILER, trailers)
    .flatMap((value) => {
      const [, at, conditionType] = LINE.exec(value) ?? [];
      if (at === undefined || conditionType === undefined || conditionType.length > MAX_LENGTH) return [];
      return [{ conditionType, ...(at !== "-" && { at }) }];
    })
    .slice(0, MAX_GATES);
}
