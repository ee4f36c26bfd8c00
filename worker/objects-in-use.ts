import type { MeshObjects } from '../domain/objects.ts';
import type { RotationResource } from '../mesh/resource/rotation-resource.ts';

/** By which names the objects of the mesh go: as the resource says, and as the worker was told where there is none. */
export class ObjectsInUse {
  readonly #given: MeshObjects;
  #names: MeshObjects;

  constructor(given: MeshObjects) {
    this.#given = given;
    this.#names = given;
  }

  get names(): MeshObjects {
    return this.#names;
  }

  follow(resource: Pick<RotationResource, 'spec'> | undefined): void {
    this.#names = resource?.spec.objects ?? this.#given;
  }
}
