import { describe, expect, it } from 'vitest'

import { alarmView, caseView, T0 } from '@/testing/samples'
import { actionsFor, alarmsOf, grouped, raisedIn } from './alarms'

describe('alarms', () => {
  it('come by priority, then by age', () => {
    const found = alarmsOf([
      caseView({ alarms: [alarmView('UNIT_LEFT', { priority: 2 }), alarmView('CASUALTIES', { raised_at: T0 + 5 })] }),
      caseView({ id: 'c2', alarms: [alarmView('NO_ROUTE', { id: 'c2/x' })] }),
    ])
    expect(found.map((r) => r.alarm.kind)).toEqual(['NO_ROUTE', 'CASUALTIES', 'UNIT_LEFT'])
  })
  it('fold earlier steps of one ladder into the latest, per unit', () => {
    const found = raisedIn(
      caseView({ alarms: [alarmView('LADDER_A2'), alarmView('LADDER_A4'), alarmView('LADDER_A2', { id: 'y', assignment: 'c1/a2' })] }),
    )
    expect(found.map((r) => [r.alarm.kind, r.alarm.assignment, r.covers.length])).toEqual([
      ['LADDER_A4', 'c1/a1', 1],
      ['LADDER_A2', 'c1/a2', 0],
    ])
  })
  it('can be acted on from where they stand', () => {
    expect(actionsFor(alarmView('NO_ROUTE'), 'supervisor')).toContain('reassign')
    expect(actionsFor(alarmView('LADDER_A4'), 'supervisor')).toEqual(['keep', 'reassign', 'add', 'takeOver'])
    expect(actionsFor(alarmView('LADDER_A4'), 'agent')).toEqual(['add'])
    expect(actionsFor(alarmView('LADDER_A4'), 'auditor')).toEqual(['open'])
    expect(actionsFor(alarmView('SOMETHING_NEW'), 'supervisor')).toEqual(['open', 'seen'])
  })
  it('are grouped by kind in a flood, the frequent ones first', () => {
    const raised = alarmsOf([caseView({ alarms: [alarmView('A', { id: '1' }), alarmView('B', { id: '2' }), alarmView('B', { id: '3' })] })])
    expect(grouped(raised).map((g) => [g.kind, g.alarms.length])).toEqual([['B', 2], ['A', 1]])
  })
})
