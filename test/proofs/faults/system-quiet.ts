import type { System } from './system.ts';

const MINUTE = 60_000;

export const pass = (millis: number) => void jest.setSystemTime(Date.now() + millis);

/** Processes all messages, and redrives the dead letters. @param bury - takes out dead letters that must stay there */
export async function untilQuiet(
  system: System,
  broken: string[],
  bury: () => void = () => {},
): Promise<void> {
  const { redrive, areEmpty } = system.queues;
  for (let round = 0; round < 60; round += 1) {
    while ((await system.work(1)).received.length > 0 || (await system.reconcileIfWoken()));
    bury();
    redrive();
    if (areEmpty()) return;
    pass(MINUTE);
  }
  broken.push('the queues do not become empty in calm weather');
}
