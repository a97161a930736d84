import { measureCost } from './cost/cost.ts';
import { measureLoad } from './load.ts';
import { measureMass } from './mass/mass.ts';
import { measureMemory } from './memory/memory.ts';
import type { Sections } from './section.ts';
import { measureWarm } from './warm/warm.ts';

/** In the order in which they run. */
export const SECTIONS: Sections = {
  load: measureLoad,
  warm: measureWarm,
  mass: measureMass,
  memory: measureMemory,
  cost: measureCost,
};
