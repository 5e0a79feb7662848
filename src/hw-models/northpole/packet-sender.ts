/**
 * From the output buffer to the activation network: each result leaves in its cycle of the schedule, as one packet to all who read it.
 * Sources: output-buffer.ts, activation-mesh.ts.
 */
import { DelayLine } from './delay-line.js';
import { flitsOf } from './exchange.js';
import { passChannels, passPosition } from './layer-plan.js';
import type { Injection, LayerWork } from './layer-work.js';
import type { OutputBuffer, ResultVector } from './output-buffer.js';
import { tensorAt } from './regions.js';
import type { Surroundings } from './surroundings.js';
import { flitChannels } from './vector-job.js';
import { violation, type Place } from './violation.js';

/** The injection port. */
export class PacketSender {
  readonly #around: Surroundings;
  readonly #sent = new DelayLine<ResultVector>();
  #free = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Sends what a layer has for this cycle. */
  read(place: Place, work: LayerWork, buffer: OutputBuffer): void {
    for (const injection of work.injections.get(place.cycle) ?? []) this.#inject(place, work, injection, buffer);
  }

  /** Results whose last flit has left in this cycle. */
  take(cycle: number): readonly ResultVector[] {
    return this.#sent.take(cycle);
  }

  /** True if no packet is leaving. */
  get idle(): boolean {
    return this.#sent.empty;
  }

  #inject(place: Place, { plan, share }: LayerWork, { pass, position }: Injection, buffer: OutputBuffer): void {
    const { program, mesh, events, routes } = this.#around;
    const at = passPosition(program, plan, share, pass, position);
    const [c0, c1] = passChannels(program, plan, share, pass);
    if (at === undefined || c0 >= c1) throw violation(place, 'activation network', 'a packet without a result');
    if (place.cycle < this.#free) throw violation(place, 'injection port', 'two packets at once');
    const result = buffer.peek(place, { layer: plan.index, pass, position });
    const { tree, deliveries } = routes.of(plan.index, share.core, at.y, at.x, c0, c1);
    const flits = flitsOf(program, plan.layer);
    const { bits } = tensorAt(program, plan.layer.output);
    const perFlit = flitChannels(program, bits);
    const flitBytes = Array.from({ length: flits }, (_, f) =>
      Math.ceil((Math.max(0, Math.min(perFlit, c1 - c0 - f * perFlit)) * bits) / 8),
    );
    mesh.inject(place, { tree, flitBytes, content: { result, ...at, c0, deliveries } });
    events.packets++;
    this.#free = place.cycle + flits;
    this.#sent.push(place.cycle + flits - 1, result);
  }
}
