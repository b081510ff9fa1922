import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** The API of Porch's function runner, of which only this is used: `evaluator.FunctionEvaluator/EvaluateFunction`. */
export const EVALUATE_FUNCTION = "/evaluator.FunctionEvaluator/EvaluateFunction";

export interface EvaluateRequest {
  readonly resourceList: Uint8Array;
  readonly image: string;
}

export interface EvaluateResponse {
  readonly resourceList: Uint8Array;
  readonly log: Uint8Array;
}

export function encodeRequest({ resourceList, image }: EvaluateRequest): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).bytes(resourceList);
  writer.tag(2, WireType.LengthDelimited).string(image);
  return Buffer.from(writer.finish());
}

/** Throws an Error for bytes that are no message. */
export function decodeResponse(bytes: Uint8Array): EvaluateResponse {
  const reader = new BinaryReader(bytes);
  const response = { resourceList: new Uint8Array(), log: new Uint8Array() };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) response.resourceList = new Uint8Array(reader.bytes());
    else if (field === 2 && type === WireType.LengthDelimited) response.log = new Uint8Array(reader.bytes());
    else reader.skip(type, field);
  }
  return response;
}
