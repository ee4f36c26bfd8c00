import { writeFile } from 'node:fs/promises';

/** Says what it was started with, is ready, and crashes when asked to. */
const program = `#!${process.execPath}
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');
const { env } = process;
const [host, port] = env.LINKERD2_PROXY_ADMIN_LISTEN_ADDR.split(':');
createServer((request, response) => {
  if (request.url === '/env') response.end(JSON.stringify(env));
  else if (request.url === '/ready') response.end('ready');
  else if (request.url === '/crash') {
    console.log('crashed as asked');
    response.end(() => process.exit(3));
  }
}).listen(Number(port), host);
process.on('SIGTERM', () => {
  writeFileSync(__filename + '.' + host, 'ended');
  process.exit();
});
`;

export type ProgramEnvironment = Readonly<Record<string, string>>;

/** Writes a program that stands where `linkerd2-proxy` would; at its end it leaves `FILE.ADDRESS`. */
export async function writeProxyStandIn(file: string): Promise<void> {
  await writeFile(file, program, { mode: 0o755 });
}

/** What the program of a pod was started with. */
export async function environmentOf(podIp: string): Promise<ProgramEnvironment> {
  const response = await fetch(`http://${podIp}:4191/env`);
  // Sound: the program answers with its environment.
  return (await response.json()) as ProgramEnvironment;
}
