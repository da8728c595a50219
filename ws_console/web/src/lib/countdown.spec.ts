import { describe, expect, it } from 'vitest'

import { assignmentView, caseView, clockView, T0 } from '@/testing/samples'
import { byLeastTime, byRole, countdown, digits, leadingClock, leadingOwner, leadOf, progress, urgencyOf } from './countdown'

const MIN = 60_000

describe('digits', () => {
  it.each([
    [600_000, '10:00'],
    [599_001, '10:00'],
    [599_000, '09:59'],
    [1, '00:01'],
    [0, '00:00'],
    [-999, '00:00'],
    [-1_000, '00:01'],
    [3_600_000, '1:00:00'],
    [-3_661_000, '1:01:01'],
  ])('%i ms is %s', (ms, text) => expect(digits(ms)).toBe(text))
})

describe('countdown', () => {
  it('counts to the limit by the time given, however late the tick comes', () => {
    const clock = clockView()
    expect(countdown(clock, T0)).toMatchObject({ digits: '10:00', to: 'due', urgency: 'running' })
    expect(countdown(clock, T0 + 9 * MIN + 59_400)).toMatchObject({ digits: '00:01', to: 'due' })
  })
  it('is in time at the very instant of the limit, over it a moment later', () => {
    const clock = clockView()
    expect(countdown(clock, clock.due_at).urgency).toBe('running')
    expect(countdown(clock, clock.due_at + 1)).toMatchObject({ urgency: 'expired', to: 'ceiling' })
  })
  it('shows the time over the limit', () => {
    expect(countdown(clockView({ state: 'expired' }), T0 + 11 * MIN + 23_000)).toMatchObject({ digits: '01:23', left: -83_000 })
  })
  it('keeps the time that was left when the clock stopped', () => {
    const clock = clockView({ state: 'stopped', stopped_at: T0 + 4 * MIN })
    expect(countdown(clock, T0 + 60 * MIN)).toMatchObject({ urgency: 'stopped', to: 'stopped', digits: '06:00' })
  })
  it('has nothing to show without a clock', () => {
    expect(countdown(null, T0)).toMatchObject({ urgency: 'none', digits: '–' })
  })
})

describe('urgencyOf', () => {
  it.each([
    [{ state: 'warned' as const }, T0, 'warned'],
    [{ state: 'expired' as const }, T0, 'expired'],
    [{ held: true }, T0 + 11 * MIN, 'held'],
    [{}, T0 + 20 * MIN + 1, 'ext_expired'],
    [{ state: 'ext_expired' as const }, T0, 'ext_expired'],
    [{ stopped_at: T0, held: true }, T0, 'stopped'],
  ])('%o', (over, now, wanted) => expect(urgencyOf(clockView(over), now)).toBe(wanted))
})

describe('order', () => {
  it('puts the least time first, stopped clocks last, the newest of those first', () => {
    const views = [
      caseView({ id: 'old', least_due_at: null, accepted_at: T0 }),
      caseView({ id: 'late', least_due_at: T0 - 1 }),
      caseView({ id: 'new', least_due_at: null, accepted_at: T0 + 1 }),
      caseView({ id: 'soon', least_due_at: T0 + 1 }),
    ]
    expect(views.sort(byLeastTime).map((v) => v.id)).toEqual(['late', 'soon', 'new', 'old'])
  })
  it('does not depend on the order it is given', () => {
    const a = caseView({ id: 'a' })
    const b = caseView({ id: 'b' })
    expect([b, a].sort(byLeastTime)).toEqual([a, b].sort(byLeastTime))
  })
  it('names whose clock is the most urgent', () => {
    const stopped = clockView({ stopped_at: T0, state: 'stopped' })
    const helper = assignmentView({ id: 'c1/a2', role: 'assisting', clock: clockView({ due_at: T0 + MIN }) })
    const view = caseView({ clock: stopped, assignments: [assignmentView({ clock: stopped }), helper] })
    expect(leadingClock(view)).toBe(helper.clock)
    expect(leadingOwner(view)).toBe('assisting')
    expect(leadOf(view)?.id).toBe('c1/a1')
  })
  it('shows the graver state of clocks that end together, the unit before the case', () => {
    const warned = clockView({ state: 'warned' })
    const view = caseView({ assignments: [assignmentView({ clock: warned })] })
    expect(leadingClock(view)).toBe(warned)
    expect(leadingOwner(caseView())).toBe('lead')
    const late = caseView({ clock: clockView({ state: 'expired' }), assignments: [assignmentView({ clock: warned })] })
    expect(leadingOwner(late)).toBe('case')
  })
  it('passes over units that no longer have the case', () => {
    const gone = assignmentView({ active: false, clock: clockView({ due_at: T0 + MIN }) })
    expect(leadingOwner(caseView({ assignments: [gone] }))).toBe('case')
  })
})

describe('byRole', () => {
  it('puts the lead first and what is over last', () => {
    const roles = [
      assignmentView({ id: '1', role: 'informed' }),
      assignmentView({ id: '2', active: false }),
      assignmentView({ id: '3', role: 'assisting' }),
      assignmentView({ id: '4' }),
    ]
    expect(byRole(roles).map((a) => a.id)).toEqual(['4', '3', '1', '2'])
  })
})

describe('progress', () => {
  it('goes from basis to ceiling and stays within', () => {
    expect(progress(clockView(), T0 - MIN).passed).toBe(0)
    expect(progress(clockView(), T0 + 5 * MIN)).toEqual({ passed: 0.25, limit: 0.5 })
    expect(progress(clockView(), T0 + 90 * MIN).passed).toBe(1)
  })
})
