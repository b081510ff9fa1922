import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Server, ServerCredentials, type ServerUnaryCall, type ServiceError, type sendUnaryData } from "@grpc/grpc-js";
import { EVALUATE_FUNCTION } from "../../src/function-runtime/runner/messages.ts";

export interface Request {
  readonly image: string;
  readonly resourceList: string;
}
interface Response {
  readonly resourceList: string;
  readonly log?: string;
}

/** What a function does: undefined for no answer. */
export type Evaluate = (request: Request) => Response | Partial<ServiceError> | undefined;

export interface Evaluator extends AsyncDisposable {
  readonly address: string;
}

/** PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * A gRPC server with the API of Porch's function runner. There is no container engine on the machines of the tests:
 * functions of the tests run in its place, over the real protocol.
 */
export async function startEvaluator(evaluate: Evaluate, tls?: Certificate): Promise<Evaluator> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  const answer = (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>) => {
    const result = evaluate(call.request);
    if (result === undefined) return;
    if ("resourceList" in result) done(null, result);
    else done(result as ServiceError);
  };
  server.addService(
    {
      evaluateFunction: {
        path: EVALUATE_FUNCTION,
        requestStream: false,
        responseStream: false,
        requestDeserialize: decodeRequest,
        responseSerialize: encodeResponse,
        requestSerialize: () => Buffer.alloc(0),
        responseDeserialize: () => ({}),
      },
    },
    { evaluateFunction: answer },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
  server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  const address = `127.0.0.1:${await promise}`;
  return { address, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

function decodeRequest(bytes: Buffer): Request {
  const reader = new BinaryReader(bytes);
  const request = { resourceList: "", image: "" };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) request.resourceList = reader.string();
    else if (field === 2) request.image = reader.string();
    else reader.skip(type, field);
  }
  return request;
}

function encodeResponse({ resourceList, log = "" }: Response): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(resourceList);
  writer.tag(2, WireType.LengthDelimited).string(log);
  // A field of a later version.
  writer.tag(9, WireType.Varint).uint32(7);
  return Buffer.from(writer.finish());
}
