import type { MeshObjects } from '../domain/objects.ts';
import type { RotationResource } from '../mesh/resource/rotation-resource.ts';

/** By which names the objects of the mesh go: as the resource says, and as the worker was told where there is none. */
export class ObjectsInUse {
  #names: MeshObjects;

  constructor(given: MeshObjects) {
    this.#names = given;
  }

  get names(): MeshObjects {
    return this.#names;
  }

  follow({ spec }: Pick<RotationResource, 'spec'>): void {
    this.#names = spec.objects;
  }
}
