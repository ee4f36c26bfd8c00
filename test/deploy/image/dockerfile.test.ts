import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { parse } from 'yaml';
import { readConfiguration } from '../../../worker/configuration.ts';
import { assembleImage } from './assemble-image.ts';
import type { Instruction } from './dockerfile.ts';
import { copiedSources, lastOf, parseDockerfile } from './dockerfile.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../../..');
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');
/** A kubeconfig and a Temporal that nobody answers for. */
const nowhere = '127.0.0.1:1';

describe("the worker's image", () => {
  let instructions: readonly Instruction[];

  before(async () => {
    instructions = parseDockerfile(await read('deploy/image/Dockerfile'));
  });

  it('is based on glibc and on the Node that the tests run on', async () => {
    const manifest = z.object({ devDependencies: z.object({ node: z.string() }) });
    const { node } = manifest.parse(JSON.parse(await read('package.json'))).devDependencies;
    assert.equal(lastOf(instructions, 'ARG'), `NODE_IMAGE=node:${node}-bookworm-slim`);
    for (const { name, text } of instructions) {
      if (name === 'FROM') assert.match(text, /^\$\{NODE_IMAGE\}/);
    }
  });

  it('runs as the user that the chart names, who is not root', async () => {
    const values = z.object({
      podSecurityContext: z.object({ runAsUser: z.number(), runAsGroup: z.number() }),
    });
    const { podSecurityContext } = values.parse(
      parse(await read('deploy/charts/trust-rotation-operator/values.yaml')),
    );
    const { runAsUser, runAsGroup } = podSecurityContext;
    assert.equal(lastOf(instructions, 'USER'), `${runAsUser}:${runAsGroup}`);
    assert.ok(runAsUser > 0);
  });

  it('is given what it copies, and nothing else', async () => {
    const sources = copiedSources(instructions);
    for (const source of sources) await access(path.join(root, source));
    const [first, ...kept] = (await read('deploy/image/Dockerfile.dockerignore'))
      .trim()
      .split('\n');
    assert.equal(first, '*');
    assert.deepEqual(kept.toSorted(), sources.map((source) => `!${source}`).toSorted());
  });

  it('listens where it says', () => {
    assert.equal(lastOf(instructions, 'EXPOSE'), String(readConfiguration({}).listen.port));
  });

  it('holds all that bundling the workflows and starting the worker need', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'image-'));
    try {
      await assembleImage(folder, copiedSources(instructions));
      const bundling = instructions.find(({ text }) => text.includes('bundle-workflows'));
      await runIn(folder, bundling?.text.split(' ') ?? []);
      const compiling = instructions.find(({ text }) => text.includes('--import'));
      await runIn(folder, compiling?.text.split(' ') ?? []);
      const compiled = await readdir(path.join(folder, 'dist/compile-cache'), { recursive: true });
      assert.ok(compiled.length > 500, `${String(compiled.length)} modules are compiled`);
      const entry = z.array(z.string()).parse(JSON.parse(lastOf(instructions, 'ENTRYPOINT')));
      const refusal = await runIn(folder, entry).catch((error: unknown) => error);
      const { code, stderr } = z.object({ code: z.number(), stderr: z.string() }).parse(refusal);
      assert.equal(code, 1);
      assert.match(stderr, /^The worker stopped: /m);
      // It has come as far as to the API server: every module was there.
      assert.match(stderr, /Could not read Namespace kube-system: .*127\.0\.0\.1:1 /);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  /** A command of the Dockerfile with its environment, `folder` being its /app. */
  async function runIn(folder: string, [program = '', ...args]: readonly string[]): Promise<void> {
    assert.equal(program, 'node');
    const kubeConfig = path.join(folder, 'kubeconfig.yaml');
    await writeFile(kubeConfig, kubeConfigYaml);
    const env = instructions
      .filter(({ name }) => name === 'ENV')
      .map(({ text }) => {
        const [name = '', value = ''] = text.split('=');
        return [name, value.replace('/app', folder)] as const;
      });
    await run(process.execPath, args, {
      cwd: folder,
      timeout: 180_000,
      env: { ...Object.fromEntries(env), KUBECONFIG: kubeConfig, TEMPORAL_ADDRESS: nowhere },
    });
  }
});

const kubeConfigYaml = `
apiVersion: v1
kind: Config
clusters: [{ name: none, cluster: { server: 'https://${nowhere}' } }]
users: [{ name: none, user: { token: none } }]
contexts: [{ name: none, context: { cluster: none, user: none } }]
current-context: none
`;
