/** What a core is wired to. */
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { ActivationMesh } from './activation-mesh.js';
import type { PacketRoutes } from './deliveries.js';
import type { Events } from './events.js';
import type { Delivery } from './exchange.js';
import type { ModelNetwork, PartialSumNetwork } from './networks.js';
import type { ResultVector } from './output-buffer.js';

/** What a packet of the activation network carries. */
export interface PacketContent {
  readonly result: ResultVector;
  readonly frame: number;
  readonly y: number;
  readonly x: number;
  /** First channel of the tensor. */
  readonly c0: number;
  readonly deliveries: readonly Delivery[];
}

/** Networks, routes and counters of the chip. */
export interface Surroundings {
  readonly program: NorthPoleProgram;
  readonly model: ModelNetwork;
  readonly partialSums: PartialSumNetwork;
  readonly mesh: ActivationMesh<PacketContent>;
  readonly routes: PacketRoutes;
  readonly events: Events;
}
