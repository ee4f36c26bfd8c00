import { startTcpServer } from '../tcp-server.ts';

/** 127.64.0.0 to 127.191.255.255: away from 127.0.0.1 and what people bind by hand. */
const firstBlock = 64;
const blocks = 128;

export interface PodAddresses {
  /** An address that was free for the longest time. */
  take(): string;
  release(address: string): void;
  close(): Promise<void>;
}

/**
 * Claims a block of loopback addresses for pods, one /16 a mesh, so that several meshes on one machine
 * never meet: the block is held by a listener on its last address. Linux answers on all of 127.0.0.0/8.
 *
 * @throws when all blocks are taken.
 */
export async function claimPodAddresses(): Promise<PodAddresses> {
  const start = Math.floor(Math.random() * blocks);
  for (let step = 0; step < blocks; step += 1) {
    const prefix = `127.${firstBlock + ((start + step) % blocks)}`;
    const release = await holdBlock(`${prefix}.255.254`);
    if (release !== undefined) return podAddressesIn(prefix, release);
  }
  throw new Error('No block of loopback addresses is free for the pods of another mesh');
}

function podAddressesIn(prefix: string, close: () => Promise<void>): PodAddresses {
  const taken = new Set<string>();
  let next = 0;
  return {
    take: () => {
      for (;;) {
        next = (next + 1) % (250 * 250);
        const address = `${prefix}.${Math.floor(next / 250)}.${(next % 250) + 1}`;
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
    },
    release: (address) => {
      taken.delete(address);
    },
    close,
  };
}

/** How to let go of the address; nothing when another mesh has it. */
async function holdBlock(address: string): Promise<(() => Promise<void>) | undefined> {
  try {
    const server = await startTcpServer({ host: address, port: 4191 }, (socket) =>
      socket.destroy(),
    );
    return () => server.close();
  } catch {
    return undefined;
  }
}
