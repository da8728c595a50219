import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import { caseView, T0 } from '@/testing/samples'
import { useCases } from './cases'

beforeEach(() => setActivePinia(createPinia()))

describe('cases', () => {
  it('orders open emergencies by least time and follows changes', () => {
    const cases = useCases()
    cases.replaceAll([caseView({ id: 'a', least_due_at: T0 + 2 }), caseView({ id: 'b', least_due_at: T0 + 1 }), caseView({ id: 'q', class: 'CONSULT' })])
    expect(cases.clocks.map((c) => c.id)).toEqual(['b', 'a'])
    cases.apply([['a', caseView({ id: 'a', seq: 2, least_due_at: T0 })]])
    expect(cases.clocks.map((c) => c.id)).toEqual(['a', 'b'])
    cases.apply([['b', null]])
    expect(cases.clocks).toHaveLength(1)
  })
  it('keeps the later of two states', () => {
    const cases = useCases()
    cases.apply([['a', caseView({ id: 'a', seq: 9, state: 'reported' })]])
    cases.apply([['a', caseView({ id: 'a', seq: 3 })]])
    expect(cases.get('a')?.state).toBe('reported')
  })
  it('does not grow with closed cases', () => {
    const cases = useCases()
    for (let i = 0; i < 500; i += 1) cases.apply([[`c${i}`, caseView({ id: `c${i}`, open: false, state: 'closed' })]])
    expect(cases.all.length).toBeLessThanOrEqual(40)
    expect(cases.get('c499')).not.toBeNull()
  })
})
