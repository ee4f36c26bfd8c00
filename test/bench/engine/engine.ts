import { fileURLToPath } from 'node:url';
import type { GateName } from '../../../domain/gates/gate.ts';
import type { Child } from '../child.ts';
import { startChild } from '../child.ts';
import type { ClientPair } from './bare-loop.ts';
import type { Cost } from './meter.ts';
import type { WatchMeter, WatchOutcome } from './watch.ts';

export type EngineOrder =
  | { readonly kind: 'connect'; readonly kubeConfigYaml: string }
  /** Every page of pods, and nothing else. */
  | { readonly kind: 'list' }
  | { readonly kind: 'survey'; readonly fresh: boolean }
  | {
      readonly kind: 'handshakes';
      readonly addresses: readonly string[];
      readonly pair: ClientPair;
    }
  /** Watches a gate until it passes, as a worker does. */
  | { readonly kind: 'watch'; readonly gate: GateName; readonly pollMs: number }
  /** May be asked while a watch runs. */
  | { readonly kind: 'meter' };

export interface SurveyOutcome {
  readonly proxies: number;
  /** Proxies of which is known what they hold and present. */
  readonly known: number;
  /** From the last page of pods to the end. */
  readonly askingMs: number;
  /** Why one of them is not known. */
  readonly note?: string;
}

export interface EngineReply {
  readonly id: number;
  readonly cost?: Cost;
  readonly survey?: SurveyOutcome;
  readonly watch?: WatchOutcome;
  readonly meter?: WatchMeter;
  readonly error?: string;
}

export type Engine = Child<EngineOrder, EngineReply>;

const program = fileURLToPath(new URL('./engine-process.ts', import.meta.url));

/** Starts the product's code in a process of its own, connected to a cluster. */
export async function startEngine(kubeConfigYaml: string): Promise<Engine> {
  const engine = startChild<EngineOrder, EngineReply>(program, ['--expose-gc']);
  try {
    await engine.ask({ kind: 'connect', kubeConfigYaml });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return engine;
}
