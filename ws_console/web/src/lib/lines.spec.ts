import { describe, expect, it } from 'vitest'

import type { CaseView, LegView } from '@/api/types'
import { lineState, nobodyLeads } from './lines'

const leg = (state: string, contact = 'line:119'): LegView => ({ state, contact, purpose: 'line' }) as LegView
const view = (legs: LegView[], alarms: string[] = [], leads: boolean[] = []): CaseView =>
  ({
    open: true,
    call: { legs },
    alarms: alarms.map((kind) => ({ kind })),
    assignments: leads.map((active) => ({ active, role: 'lead' })),
  }) as unknown as CaseView

describe('lines', () => {
  it('tells how a line stands', () => {
    expect(lineState(null, '119')).toBe('free')
    expect(lineState(view([leg('ended')]), '119')).toBe('free')
    expect(lineState(view([leg('ringing')]), '119')).toBe('ringing')
    expect(lineState(view([leg('joined')]), '119')).toBe('joined')
    expect(lineState(view([leg('joined')]), '120')).toBe('free')
    expect(lineState(view([leg('ended')], ['LINE_119']), '119')).toBe('failed')
    expect(lineState(view([leg('ended'), leg('placed')], ['LINE_119']), '119')).toBe('ringing')
  })
  it('knows a case that nobody leads', () => {
    expect(nobodyLeads(null)).toBe(false)
    expect(nobodyLeads(view([]))).toBe(true)
    expect(nobodyLeads(view([], [], [false]))).toBe(true)
    expect(nobodyLeads(view([], [], [true]))).toBe(false)
  })
})
