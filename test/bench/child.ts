import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';

interface Answer {
  readonly id: number;
  readonly error?: string;
}

/** A process of ours that is given orders one by one; it ends with this one. */
export interface Child<Order, Reply extends Answer> {
  readonly pid: number;
  /** @throws when the order failed there, or the process ends before it has answered. */
  ask(order: Order): Promise<Reply>;
  stop(): Promise<void>;
}

export function startChild<Order, Reply extends Answer>(
  program: string,
  execArgv: readonly string[] = [],
): Child<Order, Reply> {
  const child = fork(program, [], { execArgv: [...process.execArgv, ...execArgv] });
  const waiting = new Map<
    number,
    { resolve: (reply: Reply) => void; reject: (error: Error) => void }
  >();
  child.on('message', (message) => {
    // Sound: the programs that are started here answer with a `Reply` each, and nothing else.
    const reply = message as Reply;
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asked?.resolve(reply);
    else asked?.reject(new Error(reply.error));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) {
      reject(new Error(`${program} ended with ${String(code)} before it had answered`));
    }
    waiting.clear();
  });
  let next = 0;
  return {
    pid: child.pid ?? 0,
    ask: (order) =>
      new Promise((resolve, reject) => {
        const id = (next += 1);
        waiting.set(id, { resolve, reject });
        child.send({ id, order }, (error) => {
          if (error === null) return;
          waiting.delete(id);
          reject(error);
        });
      }),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
