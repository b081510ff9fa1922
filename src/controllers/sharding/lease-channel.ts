import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { LeaseConnection, LeasePort, LeaseReport, LeaseRequest } from "./lease-messages.ts";

/**
 * Both ends of a connection within one thread: for tests, and for those of crashes, which kill the operator at a write
 * and so must see that of the Lease. The messages are copied and delayed as between threads.
 */
export function leaseChannel(): {
  readonly main: LeaseConnection;
  readonly thread: LeasePort<LeaseReport, LeaseRequest>;
} {
  const { port1, port2 } = new MessageChannel();
  return {
    main: { ...portOf<LeaseRequest, LeaseReport>(port1), close: () => port1.close() },
    thread: portOf<LeaseReport, LeaseRequest>(port2),
  };
}

function portOf<Sent, Received>(port: MessagePort): LeasePort<Sent, Received> {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (handler) => {
      port.on("message", handler);
      port.unref();
    },
  };
}
