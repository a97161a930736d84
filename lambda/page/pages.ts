import { preferredMediaTypes } from 'negotiator/lib/mediaType.js';
import type { Page } from './page.ts';
import { type Problem, problemPage } from './problem-page.ts';

/** What the shell needs for a capability whose answers can be pages. */
export interface Pages {
  prefersHtml(accept: string | undefined): boolean;
  problem(problem: Problem): Page;
}

export const pages: Pages = { prefersHtml, problem: problemPage };

/** JSON is offered first, so a caller that accepts anything, or sends no `Accept`, gets JSON. */
function prefersHtml(accept: string | undefined): boolean {
  return preferredMediaTypes(accept, ['application/json', 'text/html'])[0] === 'text/html';
}
