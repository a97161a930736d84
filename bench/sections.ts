import { measureCold } from './cold/cold.ts';
import { measureCost } from './cost/cost.ts';

import { measureMass } from './mass/mass.ts';
import { measureMemory } from './memory/memory.ts';
import type { Sections } from './section.ts';
import { measureWarm } from './warm/warm.ts';

/** The sections, in the order in which they run. */
export const SECTIONS: Sections = {
  cold: measureCold,
  warm: measureWarm,
  mass: measureMass,
  memory: measureMemory,
  cost: measureCost,
};
