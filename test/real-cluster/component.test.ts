import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '../support/wait-for.ts';
import { Component } from './component.ts';

describe('a component of the real cluster', () => {
  let folder: string;
  let component: Component;

  /** A program in the components' place: its first argument is the component's name. */
  async function componentThat(script: string, ready?: () => Promise<boolean>): Promise<Component> {
    const binary = path.join(folder, 'components');
    await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    component = new Component({
      name: 'kube-scheduler',
      binary,
      folder,
      flags: () => [],
      ...(ready && { ready }),
    });
    return component;
  }

  const starts = async (): Promise<number> => {
    const text = await readFile(path.join(folder, 'starts'), 'utf8').catch(() => '');
    return text.length;
  };

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'component-'));
  });
  afterEach(async () => {
    await component.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is started again when it ends by itself, as a kubelet does', async () => {
    await componentThat(`printf . >> ${folder}/starts; sleep 0.1; echo cache is corrupted; exit 1`);
    await component.start();
    await waitFor(async () => (await starts()) >= 2, { what: 'a second start' });
    assert.match(component.lastWords ?? '', /exit code 1\ncache is corrupted/);
  });

  it('is not started again after it was stopped', async () => {
    await componentThat(`printf . >> ${folder}/starts; exec sleep 60`);
    await component.start();
    await waitFor(async () => (await starts()) === 1, { what: 'a start' });
    await component.stop();
    assert.equal(component.pid, undefined);
    assert.equal(component.lastWords, undefined);
  });

  it('stays stopped although it was about to be started again', async () => {
    await componentThat(`printf . >> ${folder}/starts; exit 1`);
    await component.start();
    await waitFor(() => component.lastWords, { what: 'its end' });
    await component.stop();
    assert.equal(await starts(), 1);
  });

  it('is not started again when it never served, and says so in its own words', async () => {
    await componentThat('echo address already in use; exit 1', () => Promise.resolve(false));
    await assert.rejects(component.start(), /did not start.*exit code 1\naddress already in use/s);
    assert.equal(component.lastWords, undefined);
  });
});
