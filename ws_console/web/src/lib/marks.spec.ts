import { describe, expect, it } from 'vitest'

import { clockView, T0 } from '@/testing/samples'
import { dots, UNIT_MARKS } from './marks'

const mark = (code: string, over = {}) => ({ code, ordinal: 0, due_at: T0, at: T0, late_by_ms: 0, held: false, ...over })
const states = (marks: ReturnType<typeof mark>[], running = true) =>
  dots(clockView({ marks }), UNIT_MARKS, running).map((d) => d.state)

describe('dots', () => {
  it('show what has fired, what is next and what lies ahead', () => {
    expect(states([mark('A0'), mark('B1'), mark('B2')]).slice(0, 4)).toEqual(['fired', 'fired', 'next', 'ahead'])
  })
  it('have no next one on a stopped clock', () => {
    expect(states([mark('B1')], false)).not.toContain('next')
  })
  it('count repeats and keep the worst lateness', () => {
    const found = dots(clockView({ marks: [mark('B8', { late_by_ms: 9_000 }), mark('B8', { ordinal: 1 })] }), UNIT_MARKS, true)
    expect(found.at(-1)).toMatchObject({ times: 2, lateByMs: 9_000, state: 'fired' })
  })
  it('show a limit that is held for a report', () => {
    expect(states([mark('B4', { held: true })])[3]).toBe('held')
  })
  it('are all ahead without a clock', () => {
    expect(dots(null, UNIT_MARKS, false).every((d) => d.state === 'ahead')).toBe(true)
  })
})
