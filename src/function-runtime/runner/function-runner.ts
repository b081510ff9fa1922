import { ChannelCredentials, Client, type ServiceError, status } from "@grpc/grpc-js";
import { type FunctionOutput, FunctionUnavailable } from "../../core/ports/function-runtime.ts";
import { MAX_STDERR, type ProgramLimits, tooMuchOutput, tooSlow } from "../limits.ts";
import {
  decodeResponse,
  EVALUATE_FUNCTION,
  type EvaluateRequest,
  type EvaluateResponse,
  encodeRequest,
} from "./messages.ts";

/** A function runner of Porch: runs the images of functions as containers. */
export class FunctionRunner {
  readonly #address: string;
  readonly #limits: ProgramLimits;
  readonly #client: Client;

  /** Connects with the first call: by TLS where there are credentials of it. */
  constructor(address: string, limits: ProgramLimits, credentials = ChannelCredentials.createInsecure()) {
    this.#address = address;
    this.#limits = limits;
    this.#client = new Client(address, credentials, {
      "grpc.max_receive_message_length": limits.outputBytes,
      "grpc.max_send_message_length": -1,
    });
  }

  /** Throws `FunctionUnavailable` and `FunctionLimitExceeded`. */
  async run(image: string, input: string): Promise<FunctionOutput> {
    try {
      const { resourceList, log } = await this.#call({ image, resourceList: new TextEncoder().encode(input) });
      const decoder = new TextDecoder();
      return { exitCode: 0, stdout: decoder.decode(resourceList), stderr: decoder.decode(log.subarray(0, MAX_STDERR)) };
    } catch (error) {
      return this.#failed(image, error as ServiceError);
    }
  }

  close(): void {
    this.#client.close();
  }

  #call(request: EvaluateRequest): Promise<EvaluateResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<EvaluateResponse>();
    const deadline = Date.now() + this.#limits.timeMs;
    this.#client.makeUnaryRequest(
      EVALUATE_FUNCTION,
      encodeRequest,
      decodeResponse,
      request,
      { deadline },
      (error, response) => (error === null && response !== undefined ? resolve(response) : reject(error)),
    );
    return promise;
  }

  /** The runner reports a function that has failed as an error, too. */
  #failed(image: string, { code, details }: ServiceError): FunctionOutput {
    const text = String(details).slice(0, MAX_STDERR);
    const at = `the function runner at ${this.#address}`;
    switch (code) {
      case status.DEADLINE_EXCEEDED:
        throw tooSlow(this.#limits);
      case status.RESOURCE_EXHAUSTED:
        throw tooMuchOutput(this.#limits);
      case status.UNAVAILABLE:
        throw new FunctionUnavailable(`${at} cannot be reached: ${text}`, { isTransient: true });
      case status.NOT_FOUND:
      case status.UNIMPLEMENTED:
        throw new FunctionUnavailable(`${at} cannot run ${image}: ${text}`);
      default:
        return { exitCode: 1, stdout: "", stderr: text };
    }
  }
}
