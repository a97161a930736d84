import { measureLoad } from './load.ts';
import type { Sections } from './section.ts';

/** In the order in which they run. */
export const SECTIONS: Sections = {
  load: measureLoad,
};
