import { periodOf } from '../../../lambda/requests/period.ts';

const NOW = new Date('2026-11-22T08:00:00Z');
const period = (query: Record<string, string>) => {
  const { from, to } = periodOf(query, NOW);
  return [from.toISOString(), to.toISOString()];
};

test.each([
  [{ from: '2026-11-01', to: '2026-11-02' }, '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
  [{ from: '2026-11-22T07:30Z' }, '2026-11-22T07:30:00.000Z', '2026-11-22T08:00:00.000Z'],
  [{ from: '2026-10-22T08:00:00.5Z' }, '2026-10-22T08:00:00.500Z', '2026-11-22T08:00:00.000Z'],
  [{ from: '2026-10-01', to: '2026-11-01' }, '2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z'],
])('%j is a time', (query, from, to) => {
  expect(period(query)).toEqual([from, to]);
});

test.each<[Record<string, string>, string]>([
  [{ to: '2026-11-02' }, 'from must be a day or a time in UTC'],
  [{ from: '', to: '2026-11-02' }, 'from must be a day or a time in UTC'],
  [{ from: 'yesterday' }, 'from must be a day or a time in UTC'],
  [{ from: '2026-02-30', to: '2026-03-03' }, 'from must be a day or a time in UTC'],
  [{ from: '2026-11-21T25:00Z' }, 'from must be a day or a time in UTC'],
  [{ from: '2026-11-21T08:00:00+01:00' }, 'from must be a day or a time in UTC'],
  [{ from: '2026-11-21', to: 'now' }, 'to must be a day or a time in UTC'],
  [{ from: '2026-11-22', to: '2026-11-22' }, 'from must be before to.'],
  [{ from: '2026-11-23' }, 'from must be before to.'],
  [{ from: '2026-10-01', to: '2026-11-01T00:00:01Z' }, 'from and to must be 31 days apart at most.'],
])('%j is refused: %s', (query, detail) => {
  expect(() => period(query)).toThrow(
    expect.objectContaining({ code: 'invalid-parameter', message: expect.stringContaining(detail) }),
  );
});
